"""The one place where requests are counted."""

from fastapi import Request

from api.deps import AppState
from api.identity import Speaker
from api.rates import network_of
from chat.errors import HoldfastError


async def limit_requests(request: Request, state: AppState, speaker: Speaker) -> None:
    """Of every route, before it looks at anything else. A request whose identity is refused counts for its address."""
    user = None if isinstance(speaker, HoldfastError) else speaker
    await state.limits.count(user, network_of(request.client.host if request.client else ""))
