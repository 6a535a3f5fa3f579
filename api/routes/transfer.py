"""Routes for exports and imports of conversations."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from starlette.requests import ClientDisconnect

from api.auth.identity import IDENTITY_ERRORS
from api.deps import ExportConcurrencyDep, ImportsDep, SessionsDep, ShutdownDep, User
from api.downloads import COUNTS, DownloadsDep, Format
from api.problems import documented
from api.routes.sessions import SESSION_ACCESS_ERRORS
from api.schemas import SessionId
from api.streaming.download import Download
from chat.errors import BodyTooSlow, StoreFull
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
