"""Serves the web page, if it has been built."""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api import problems
from api.middleware.headers import PAGE_POLICY

IMMUTABLE = "public, max-age=31536000, immutable"
"""For files whose names change with their content."""

REVALIDATE = "no-cache"
"""For other files: a browser revalidates them each time."""

HEADERS = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": REVALIDATE}


class Assets(StaticFiles):
    """Serves a folder of static files with a `Cache-Control` header."""

    def __init__(self, directory: Path, cache: str) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._cache = cache

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update({"Content-Security-Policy": PAGE_POLICY, "Cache-Control": self._cache})
        return response


def install(app: FastAPI, folder: Path) -> None:
    """Serves the page at `/` and at every session's address, `/s/<id>`, and the files of its folder by their names."""
    if not (folder / "index.html").is_file():
        return
    _serve(app, "/", folder / "index.html")
    _serve(app, "/s/{session_id}", folder / "index.html")
    for file in folder.iterdir():
        if file.is_file():
            _serve(app, f"/{file.name}", file)
    app.mount("/assets", Assets(folder / "assets", IMMUTABLE), name="assets")
    app.mount("/swagger", Assets(folder / "swagger", REVALIDATE), name="swagger")
    _serve_not_found(app, folder / "index.html")


def _serve(app: FastAPI, address: str, file: Path) -> None:
    def respond(_: Request) -> Response:
        return FileResponse(file, headers=HEADERS)

    app.add_route(address, respond, include_in_schema=False)


def _serve_not_found(app: FastAPI, file: Path) -> None:
    """Answers 404 to a browser with the page, which explains it, and to a program with a problem document."""

    async def respond(request: Request, error: Exception) -> Response:
        if not _is_page_request(request):
            return await problems.http_error(request, error)
        return FileResponse(file, 404, headers=HEADERS)

    app.add_exception_handler(404, problems.releasing(respond))


def _is_page_request(request: Request) -> bool:
    wanted = request.headers.get("accept", "")
    return request.method in ("GET", "HEAD") and "text/html" in wanted and not request.url.path.startswith("/api/")
