"""The dependency that gives routes the application's state."""

from typing import Annotated, cast

from fastapi import Depends, Request

from api.state import State


def state_of(request: Request) -> State:
    """Returns the state. Other dependencies call this instead of depending on `AppState`: FastAPI resolves every
    dependency again per request."""
    return cast(State, request.state.holdfast)


async def _state(request: Request) -> State:
    return state_of(request)


AppState = Annotated[State, Depends(_state)]
