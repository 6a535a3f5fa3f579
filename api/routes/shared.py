"""Routes for readers of share links. They need no identity, and make no guests."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from api.deps import FilesDep, SettingsDep, SharesDep, ShutdownDep
from api.file_contents import SentForm, content_docs, send_file
from api.problems import documented
from api.sealed_ids import SealedIds
from api.share_views import EXAMPLE_SEALED, LONGEST_SEALED, LinkId, SealedId, SharedView
from chat.errors import UnknownMessage
from chat.files.errors import FilesUnavailable, UnknownFile
from chat.history import MAX_PAGE_MESSAGES
from chat.share_errors import UnknownShare

router = APIRouter(tags=["share links"])

PAGE_MESSAGES = 50

FileId = Annotated[str, Path(max_length=LONGEST_SEALED, examples=[EXAMPLE_SEALED])]


@router.get(
    "/shares/{link_id}", summary="Read a shared conversation", responses=documented(UnknownShare, UnknownMessage)
)
async def read(
    settings: SettingsDep,
    shares: SharesDep,
    link_id: LinkId,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_MESSAGES, description="Messages per page.")] = PAGE_MESSAGES,
    before: Annotated[
        SealedId | None, Query(description="Only messages before this one.", examples=[EXAMPLE_SEALED])
    ] = None,
) -> SharedView:
    """A page: the newest messages, or those before one. A link that never existed, was revoked or has expired answers
    the same. A page has fewer than `limit` messages, but at least one, if they would exceed about 2 MB."""
    if not settings.share_links:
        raise UnknownShare
    ids = SealedIds(link_id)
    page = await shares.read(link_id, limit, _message_of(ids, before) if before else "")
    return SharedView.of(page, ids, settings.catalog.models)


def _message_of(ids: SealedIds, text: str) -> str:
    """Returns the id of a message. One that is not of this link gets an id that no message has."""
    return "".join(ids.unseal(text)[:1]) or "-"


@router.get(
    "/shares/{link_id}/files/{file_id}",
    summary="Read a file of a shared conversation",
    response_class=Response,
    responses={**content_docs, **documented(UnknownShare, UnknownFile, FilesUnavailable)},
)
async def read_file(
    settings: SettingsDep,
    shares: SharesDep,
    files: FilesDep,
    shutdown: ShutdownDep,
    link_id: LinkId,
    file_id: FileId,
    form: Annotated[SentForm, Query(description="`preview`: a small WebP; only pictures have one.")] = "original",
) -> Response:
    """Only files of messages that the link shows."""
    sealed = SealedIds(link_id).unseal(file_id)
    if not settings.share_links or len(sealed) != 2:
        raise UnknownShare
    owner = await shares.owner_of_file(link_id, *sealed)
    return await send_file(files, shutdown, owner, sealed[1], form, {})
