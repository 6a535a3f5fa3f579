"""The built web page, where there is one."""

import os
from pathlib import Path

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
FOR_EVER = "public, max-age=31536000, immutable"


class Page(StaticFiles):
    """Files by their names; the page itself for `/` and for every session's address, `/s/<id>`."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == "." or path.startswith("s" + os.sep):
            path = "index.html"
        response = await super().get_response(path, scope)
        hashed = path.startswith("assets" + os.sep)
        response.headers["Cache-Control"] = FOR_EVER if hashed else "no-cache"
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        return response


def install(app: FastAPI, folder: Path) -> None:
    """Serve the page at `/`; without a build, say so there."""
    if (folder / "index.html").is_file():
        app.mount("/", Page(directory=folder), name="page")
        return

    @app.get("/", include_in_schema=False)
    async def no_page() -> Response:
        raise HTTPException(404)
