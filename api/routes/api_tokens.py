"""Routes for the API tokens with which programs act for a user."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Path

from api.api_token_views import EXAMPLE, ApiTokenList, ApiTokenView, NewApiToken, RevokedApiToken
from api.auth.identity import IDENTITY_ERRORS
from api.deps import ApiTokensDep, StoreMemoryDep, User
from api.problems import documented
from chat.api_token_errors import TooManyApiTokens, UnknownApiToken
from chat.api_tokens import TokenForm
from chat.errors import BodyTooLarge, InvalidJson, StoreFull

router = APIRouter(tags=["identity"])
logger = structlog.get_logger(__name__)

MAKE_ERRORS = (*IDENTITY_ERRORS, InvalidJson, BodyTooLarge, UnknownApiToken, TooManyApiTokens, StoreFull)


@router.get("/me/tokens", summary="List your API tokens", responses=documented(*IDENTITY_ERRORS))
async def tokens(api_tokens: ApiTokensDep, user: User) -> ApiTokenList:
    """Newest first. Expired ones are listed for another 30 days."""
    found = [ApiTokenView.of(token) for token in await api_tokens.listed(user)]
    return ApiTokenList(tokens=found, limit=api_tokens.limit, max_days=api_tokens.max_days)


@router.post("/me/tokens", summary="Make an API token", status_code=201, responses=documented(*MAKE_ERRORS))
async def make(api_tokens: ApiTokensDep, store_memory: StoreMemoryDep, user: User, body: TokenForm) -> NewApiToken:
    """For programs that act for you: `Authorization: Bearer <token>`, or the `api_key` of an OpenAI client.

    The scope `chat` allows what concerns conversations, `read` only requests that change nothing. No token can make,
    see or revoke tokens, export everything, or delete everything.
    """
    store_memory.check()
    made, text = await api_tokens.make(user, body)
    logger.info("api_token_made", api_token=made.id)
    return NewApiToken(**ApiTokenView.of(made).model_dump(), token=text)


@router.delete(
    "/me/tokens/{token_id}",
    summary="Revoke an API token",
    responses=documented(*IDENTITY_ERRORS, UnknownApiToken),
)
async def revoke(
    api_tokens: ApiTokensDep, user: User, token_id: Annotated[str, Path(max_length=64, examples=[EXAMPLE])]
) -> RevokedApiToken:
    """It stops working at once. Streams that it has open go on to the end of their turn."""
    await api_tokens.revoke(user, token_id)
    logger.info("api_token_revoked", api_token=token_id)
    return RevokedApiToken(id=token_id)
