"""Routes for exports and imports of conversations."""

import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from starlette.requests import ClientDisconnect

from api.auth.identity import IDENTITY_ERRORS
from api.deps import (
    ExportConcurrencyDep,
    ExportsDep,
    FilesDep,
    ImportsDep,
    SessionsDep,
    ShutdownDep,
    User,
    ZipExportsDep,
)
from api.file_names import disposition
from api.problems import documented
from api.routes.sessions import SESSION_ACCESS_ERRORS
from api.schemas import SessionId
from api.streaming.download import Download
from chat.errors import BodyTooSlow, StoreFull
from chat.files.files import SentFiles
from chat.sessions import Session
from chat.transfer.errors import (
    ImportBadArchive,
    ImportDuplicateNames,
    ImportEmpty,
    ImportNewerVersion,
    ImportNoSpace,
    ImportNotJson,
    ImportRunning,
    ImportsBusy,
    ImportTooDeep,
    ImportTooLarge,
    ImportTooManyFiles,
    ImportUnknownForm,
    ImportUnpacksTooLarge,
    ImportUnsafeNames,
)
from chat.transfer.holdfast import Total

router = APIRouter(tags=["transfer"])

IMPORT_ERRORS = (
    BodyTooSlow,
    ImportTooLarge,
    ImportEmpty,
    ImportNotJson,
    ImportUnknownForm,
    ImportNewerVersion,
    ImportTooDeep,
    ImportBadArchive,
    ImportUnpacksTooLarge,
    ImportTooManyFiles,
    ImportUnsafeNames,
    ImportDuplicateNames,
    ImportRunning,
    ImportsBusy,
    ImportNoSpace,
    StoreFull,
)

Format = Literal["json", "markdown", "zip"]
MEDIA_TYPES: dict[Format, str] = {
    "json": "application/json",
    "markdown": "text/markdown; charset=utf-8",
    "zip": "application/zip",
}
ENDINGS: dict[Format, str] = {"json": ".json", "markdown": ".md", "zip": ".zip"}
COUNTS = ("Export-Sessions", "Export-Messages", "Export-Files", "Export-File-Bytes")
Content = AsyncGenerator[str] | AsyncGenerator[bytes]
NDJSON = "application/x-ndjson"

ChosenFormat = Annotated[
    Format,
    Query(description="JSON has everything but the files; ZIP has the JSON and the files; Markdown is for reading."),
]
export_docs: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, in pieces: see docs/export.md. It is complete only if the response ends in order.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            "text/markdown": {"schema": {"type": "string"}},
            "application/zip": {"schema": {"type": "string", "format": "binary"}},
        },
        "headers": {
            name: {
                "description": f"{name.removeprefix('Export-').replace('-', ' ')} when the export began.",
                "schema": {"type": "integer"},
            }
            for name in COUNTS
        },
    }
}
import_docs: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A JSON object per line. Its `type`: `begin`, `file`, `conversation`, at last `end` or `error`.",
        "content": {NDJSON: {"schema": {"type": "string"}}},
    }
}
file_docs: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


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


@router.get(
    "/chat/sessions/{session_id}/export",
    summary="Export a session",
    response_class=Response,
    responses={**export_docs, **documented(*SESSION_ACCESS_ERRORS)},
)
async def export(
    sessions: SessionsDep,
    downloads: DownloadsDep,
    concurrency: ExportConcurrencyDep,
    user: User,
    session_id: SessionId,
    format: ChosenFormat = "json",
) -> Response:
    """All messages of the session, on all branches."""
    session = await sessions.get(user, session_id)
    async with AsyncExitStack() as held:
        await held.enter_async_context(concurrency.slot(user))
        return await downloads.one(user, session, format, held)


@router.get(
    "/me/export",
    summary="Export all your sessions",
    response_class=Response,
    responses={**export_docs, **documented(*IDENTITY_ERRORS)},
)
async def export_all(
    downloads: DownloadsDep,
    concurrency: ExportConcurrencyDep,
    user: User,
    format: ChosenFormat = "json",
) -> Response:
    """All sessions with all their messages, the one that was used last first. JSON has your own personas as well."""
    async with AsyncExitStack() as held:
        await held.enter_async_context(concurrency.slot(user))
        return await downloads.all(user, format, held)


@router.post(
    "/me/import",
    summary="Import conversations",
    response_class=Response,
    responses={**import_docs, **documented(*IDENTITY_ERRORS, *IMPORT_ERRORS)},
    openapi_extra=file_docs,
)
async def import_file(
    imports: ImportsDep,
    shutdown: ShutdownDep,
    user: User,
    request: Request,
    dry_run: Annotated[bool, Query(description="Only tell what would be imported; store nothing.")] = False,
) -> Response:
    """The body is the file: an export of Holdfast, ChatGPT, Open WebUI or LibreChat, as JSON or ZIP.

    The files in a ZIP of Holdfast are checked and stored as uploaded ones."""
    try:
        lines, held = await imports.begin(user, request.stream(), is_dry=dry_run)
    except ClientDisconnect as error:  # or the body is too large or too slow, which is answered before this is
        raise ImportNotJson from error
    return Download(_encoded(lines), shutdown, NDJSON, {}, held)


async def _encoded(lines: AsyncIterator[dict[str, object]]) -> AsyncGenerator[str]:
    async for line in lines:
        yield json.dumps(line, ensure_ascii=False) + "\n"
