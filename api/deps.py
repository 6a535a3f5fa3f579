"""What every route may ask for."""

from typing import Annotated, cast

from fastapi import Depends, Request

from api.state import State


async def _state(request: Request) -> State:
    return cast(State, request.state.holdfast)


AppState = Annotated[State, Depends(_state)]
