"""The built web page, where there is one."""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
FOR_EVER = "public, max-age=31536000, immutable"


class Assets(StaticFiles):
    """Files whose names change with their content."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({**HEADERS, "Cache-Control": FOR_EVER})
        return response


def install(app: FastAPI, folder: Path) -> None:
    """Serve the page at `/` and at every session's address, `/s/<id>`, and the files beside it by their names."""
    if not (folder / "index.html").is_file():
        return
    _serve(app, "/", folder / "index.html")
    _serve(app, "/s/{session_id}", folder / "index.html")
    for file in folder.iterdir():
        if file.is_file():
            _serve(app, f"/{file.name}", file)
    app.mount("/assets", Assets(directory=folder / "assets"), name="assets")
    app.mount("/swagger", StaticFiles(directory=folder / "swagger", check_dir=False), name="swagger")


def _serve(app: FastAPI, address: str, file: Path) -> None:
    def respond(_: Request) -> Response:
        return FileResponse(file, headers={**HEADERS, "Cache-Control": "no-cache"})

    app.add_route(address, respond, include_in_schema=False)
