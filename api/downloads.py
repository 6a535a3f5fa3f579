"""Makes the responses with exports, in every format."""

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Literal

from fastapi import Depends, Response

from api.deps import ExportsDep, FilesDep, ShutdownDep, ZipExportsDep
from api.file_names import disposition
from api.streaming.download import Download
from chat.files.files import SentFiles
from chat.session_record import Session
from chat.transfer.holdfast import Total

Format = Literal["json", "markdown", "zip"]
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "markdown": "text/markdown; charset=utf-8",
    "zip": "application/zip",
}
ENDINGS: dict[Format, str] = {"json": ".json", "markdown": ".md", "zip": ".zip"}
COUNTS = ("Export-Sessions", "Export-Messages", "Export-Files", "Export-File-Bytes")
Content = AsyncGenerator[str] | AsyncGenerator[bytes]


class Downloads:
    """Makes the responses with exports."""

    def __init__(self, exports: ExportsDep, zips: ZipExportsDep, files: FilesDep, shutdown: ShutdownDep) -> None:
        self._exports = exports
        self._zips = zips
        self._files = files
        self._shutdown = shutdown

    async def all(self, user: str, format: Format, held: AsyncExitStack) -> Response:
        """Returns the response with all sessions, which releases what is `held` when it ends."""
        date = time.strftime("%Y-%m-%d", time.gmtime())
        files = await self._files.sent(user) if format == "zip" else None
        ids = await self._exports.listed(user)
        total = await self._exports.total(ids)
        content = self._content(user, ids, format, total, has_personas=True)
        return self._response(content, total, format, date, files, held)

    async def one(self, user: str, session: Session, format: Format, held: AsyncExitStack) -> Response:
        """Returns the response with one session, likewise."""
        title, ids = session.title or "conversation", [session.session_id]
        files = await self._files.sent(user, session.session_id) if format == "zip" else None
        total = await self._exports.total(ids)
        content = self._content(user, ids, format, total, has_personas=False)
        return self._response(content, total, format, title, files, held)

    def _response(
        self,
        content: Content,
        total: Total,
        format: Format,
        title: str,
        files: SentFiles | None,
        held: AsyncExitStack,
    ) -> Response:
        counts = (*total, *(files or ()))
        headers = {name: str(count) for name, count in zip(COUNTS, counts, strict=False)}
        headers["Content-Disposition"] = disposition(title, ENDINGS[format])
        return Download(content, self._shutdown, MEDIA_TYPES[format], headers, held.pop_all())

    def _content(
        self, user: str, session_ids: Sequence[str], format: Format, total: Total, *, has_personas: bool
    ) -> Content:
        if format == "zip":
            return self._zips.as_zip(user, session_ids, total, has_personas=has_personas)
        if format == "markdown":
            return self._exports.as_markdown(user, session_ids, total)
        return self._exports.as_json(user, session_ids, total, has_personas=has_personas)


DownloadsDep = Annotated[Downloads, Depends()]
