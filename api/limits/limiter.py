"""Applies the rate limits: per address before anything else, per user as soon as the user is known."""

from collections.abc import Collection

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.identity import principal_of
from api.deps import state_of
from api.limits.client_address import address_of
from api.problems import count, respond
from chat.errors import HoldfastError, RateLimited


class AddressLimit:
    """Counts a request for its address before anything reads it, so that invalid requests count as well.

    `counted`: the first path segments that are counted. Files, health and metrics are not.
    """

    def __init__(self, app: ASGIApp, counted: Collection[str]) -> None:
        self._app = app
        self._counted = frozenset(counted)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _first_part(scope["path"]) in self._counted:
            try:
                await scope["state"]["holdfast"].limits.count_address(address_of(scope))
            except RateLimited as refusal:
                count(refusal, scope)
                return await respond(refusal)(scope, receive, send)
        await self._app(scope, receive, send)


def _first_part(path: str) -> str:
    """Returns the first path segment; "" for a path without a slash (`OPTIONS *`)."""
    return path.partition("/")[2].partition("/")[0]


async def limit_users(request: Request, response: Response) -> None:
    """Counts a request for its user; a dependency of every route, which FastAPI runs after it has parsed the JSON body.

    A request with invalid JSON or a rejected identity counts for its address only. Raises `RateLimited`.
    """
    principal = await principal_of(request, response)
    if not isinstance(principal, HoldfastError):
        await state_of(request).limits.count_user(principal)
