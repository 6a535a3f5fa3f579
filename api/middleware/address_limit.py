"""Applies the rate limit per address, before anything else."""

from collections.abc import Collection

from starlette.types import ASGIApp, Receive, Scope, Send

from api.limits.client_address import address_of
from api.problems import count, respond
from chat.errors import RateLimited


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
