"""The one place where requests are counted."""

from fastapi import Request

from api.deps import AppState
from api.identity import known_user
from api.rates import network_of
from chat.errors import HoldfastError


async def limit_requests(request: Request, state: AppState) -> None:
    """Of every route, before it looks at anything else. A request whose identity is refused counts for its address."""
    try:
        user = known_user(request, state, request.query_params.get("user_id"))
    except HoldfastError:  # the route refuses it in a moment
        user = None
    await state.limits.count(user, network_of(request.client.host if request.client else ""))
