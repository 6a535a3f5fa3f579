"""Routes for the files that users attach to questions."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response

from api.auth.identity import IDENTITY_ERRORS
from api.deps import FilesDep, ShutdownDep, UploadsDep, User
from api.file_contents import SAFE, SentForm, content_docs, send_file
from api.problems import documented
from chat.attachments import File
from chat.errors import BodyTooSlow, StoreFull
from chat.files.errors import (
    FileAttached,
    FileBroken,
    FileQuotaReached,
    FilesBusy,
    FilesUnavailable,
    FileTooLarge,
    FileTypeRefused,
    NoFile,
    UnknownFile,
)

router = APIRouter(tags=["files"])

UPLOAD_ERRORS = (
    BodyTooSlow,
    NoFile,
    FileTooLarge,
    FileTypeRefused,
    FileBroken,
    FileQuotaReached,
    FilesUnavailable,
    FilesBusy,
    StoreFull,
)

FileId = Annotated[str, Path(examples=["8c1f5a0be4a94b7f8f7a0d9c1e2b3a4d"])]
body_docs: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
unchanged_docs: dict[int | str, dict[str, Any]] = {
    304: {"description": "Not Modified: `If-None-Match` had the `ETag`."}
}


@router.post(
    "/files",
    summary="Upload a file",
    status_code=201,
    response_model_exclude_none=True,
    responses=documented(*IDENTITY_ERRORS, *UPLOAD_ERRORS),
    openapi_extra=body_docs,
)
async def upload(uploads: UploadsDep, user: User, request: Request) -> File:
    """The field `file` of the form is the file. Its type is found by its content. Name its id in `attachments` of a
    question within a day, otherwise it is deleted."""
    return await uploads.receive(user, request)


@router.get(
    "/files/{file_id}",
    summary="Read a file",
    response_class=Response,
    responses={**content_docs, **unchanged_docs, **documented(*IDENTITY_ERRORS, UnknownFile, FilesUnavailable)},
)
async def read(
    files: FilesDep,
    shutdown: ShutdownDep,
    user: User,
    file_id: FileId,
    form: Annotated[SentForm, Query(description="`preview`: a small WebP; only pictures have one.")] = "original",
    if_none_match: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Response:
    """Only the user who uploaded it can read it."""
    tag = f'"{file_id}-{form}"'
    if if_none_match and tag in if_none_match:
        await files.get(user, file_id)
        return Response(status_code=304, headers={**SAFE, "ETag": tag})
    return await send_file(files, shutdown, user, file_id, form, {"ETag": tag})


@router.delete(
    "/files/{file_id}",
    summary="Delete a file",
    status_code=204,
    responses=documented(*IDENTITY_ERRORS, UnknownFile, FileAttached, FilesUnavailable),
)
async def delete(files: FilesDep, user: User, file_id: FileId) -> None:
    """Deletes a file that belongs to no message. The others are deleted with the last message that has them."""
    await files.remove(user, file_id)
