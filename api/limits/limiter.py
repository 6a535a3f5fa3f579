"""The two places where requests are counted: for their address before all else, for their user once it is known."""

from collections.abc import Collection

from fastapi import Request, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth.identity import principal_of
from api.deps import state_of
from api.limits.client_address import address_of
from api.problems import count, respond
from chat.errors import HoldfastError, RateLimited


class AddressLimit:
    """Counts a request before anything looks into it, so that one that is refused for what it is counts as well.

    `counted`: the first parts of the paths it is for. The rest is files, and what machines ask that must get an answer.
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
    """What stands between its first two slashes; a path may have none (`OPTIONS *`)."""
    return path.partition("/")[2].partition("/")[0]


async def limit_users(request: Request, response: Response) -> None:
    """Of every route, before it looks at anything but its body's JSON, which FastAPI reads first.

    A request whose JSON is broken, or whose identity is refused, has counted for its address alone.
    """
    principal = await principal_of(request, response)
    if not isinstance(principal, HoldfastError):
        await state_of(request).limits.count_user(principal)
