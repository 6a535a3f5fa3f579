"""Sends the contents of files so that nothing in them runs."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Literal

from starlette.responses import Response

from api.file_names import named
from api.streaming.download import Download
from api.streaming.shutdown import ShutdownSignal
from chat.files.errors import UnknownFile
from chat.files.files import Files

SentForm = Literal["original", "preview"]

SHOWN = ("image/jpeg", "image/png", "image/gif", "image/webp")
"""Types that browsers show by themselves and that cannot carry scripts. All others are only saved."""

BYTES = "application/octet-stream"
SAFE = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""A browser asks each time, and gets 304 for what it has: it shows no file from its cache that is deleted, or another
user's. Nothing in a file runs, even where it is opened as a page."""

content_docs: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file. Pictures of common types may be shown; everything else is an attachment.",
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in (*SHOWN, BYTES)},
    },
}


async def send_file(
    files: Files, shutdown: ShutdownSignal, user_id: str, file_id: str, form: SentForm, headers: Mapping[str, str]
) -> Response:
    """Returns the response with a form of the user's file. Raises `UnknownFile` or `FilesUnavailable`."""
    file = await files.get(user_id, file_id)
    if form == "preview" and file.kind != "image":
        raise UnknownFile("Only pictures have a preview. Read the file itself.")
    size, content = await files.open(user_id, file.id, form)
    type = "image/webp" if form == "preview" else file.type
    is_shown = type in SHOWN
    given = {
        **SAFE,
        **headers,
        "Content-Length": str(size),
        "Content-Disposition": named(file.name, "inline" if is_shown else "attachment"),
    }
    return Download(content, shutdown, type if is_shown else BYTES, given, AsyncExitStack())
