"""What every route may ask for."""

from typing import Annotated, cast

from fastapi import Depends, Request

from api.state import State


def state_of(request: Request) -> State:
    """For what other dependencies need: FastAPI goes through those of each of them again in every request."""
    return cast(State, request.state.holdfast)


async def _state(request: Request) -> State:
    return state_of(request)


AppState = Annotated[State, Depends(_state)]
