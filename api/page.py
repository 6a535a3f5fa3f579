"""Serves the web page, if it has been built."""

import mimetypes
import os
import re
from pathlib import Path

from anyio import to_thread
from fastapi import FastAPI
from starlette.datastructures import Headers
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


NEVER = re.compile(r"q=0(\.0*)?")

ENDINGS = {"br": ".br", "gzip": ".gz"}
"""The compressed forms that the build puts next to a file, best first (web/precompress.ts)."""


class Assets(StaticFiles):
    """Serves a folder of static files, compressed where the client takes that, with a `Cache-Control` header."""

    def __init__(self, directory: Path, cache: str) -> None:
        super().__init__(directory=directory, check_dir=False)
        self._folder = directory
        self._cache = cache

    async def get_response(self, path: str, scope: Scope) -> Response:
        given = Headers(scope=scope).get("accept-encoding", "")
        headers = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": self._cache, "Vary": "Accept-Encoding"}
        if coding := await to_thread.run_sync(_coding, self._folder / path, given):
            headers |= {"Content-Encoding": coding, "Content-Type": _media_type(path)}
        response = await super().get_response(path + ENDINGS.get(coding, ""), scope)
        response.headers.update(headers)
        return response


def install(app: FastAPI, folder: Path) -> None:
    """Serves the page at `/` and at every session's address, `/s/<id>`, that of share links at `/share/<id>`, and the
    files of its folder by their names."""
    if not (folder / "index.html").is_file():
        return
    _serve(app, "/", folder / "index.html")
    _serve(app, "/s/{session_id}", folder / "index.html")
    if (folder / "share.html").is_file():
        _serve(app, "/share/{link_id}", folder / "share.html")
    for file in folder.iterdir():
        if file.is_file() and file.suffix not in ENDINGS.values():
            _serve(app, f"/{file.name}", file)
    app.mount("/assets", Assets(folder / "assets", IMMUTABLE), name="assets")
    app.mount("/swagger", Assets(folder / "swagger", REVALIDATE), name="swagger")
    _serve_not_found(app, folder / "index.html")


def _serve(app: FastAPI, address: str, file: Path) -> None:
    def respond(request: Request) -> Response:
        return _answer(request, file)

    app.add_route(address, respond, include_in_schema=False)


def _answer(request: Request, file: Path, status: int = 200) -> Response:
    """Returns the file, compressed if the client takes that."""
    headers = HEADERS | {"Vary": "Accept-Encoding"}
    if coding := _coding(file, request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = coding
    sent = file.with_name(file.name + ENDINGS.get(coding, ""))
    return FileResponse(sent, status, headers, media_type=_media_type(file.name))


def _coding(file: Path, accepted: str) -> str:
    """Returns the best coding that `accepted` takes and that the build has of the file; "" for none."""
    taken = (coding for coding in ENDINGS if _takes(accepted, coding))
    return next((coding for coding in taken if os.path.isfile(f"{file}{ENDINGS[coding]}")), "")


def _takes(accepted: str, coding: str) -> bool:
    """Returns whether an `Accept-Encoding` names the coding with a weight above 0 (RFC 9110, 12.5.3)."""
    weights = dict(part.replace(" ", "").partition(";")[::2] for part in accepted.lower().split(","))
    return coding in weights and not NEVER.fullmatch(weights[coding])


def _media_type(name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _serve_not_found(app: FastAPI, file: Path) -> None:
    """Answers 404 to a browser with the page, which explains it, and to a program with a problem document."""

    async def respond(request: Request, error: Exception) -> Response:
        if not _is_page_request(request):
            return await problems.http_error(request, error)
        return await to_thread.run_sync(_answer, request, file, 404)

    app.add_exception_handler(404, problems.releasing(respond))


def _is_page_request(request: Request) -> bool:
    wanted = request.headers.get("accept", "")
    return request.method in ("GET", "HEAD") and "text/html" in wanted and not request.url.path.startswith("/api/")
