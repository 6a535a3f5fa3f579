"""Stops the reply of a conversation, for clients that know no turns."""

import asyncio

from pydantic import BaseModel

from api.stopping import Stopping
from chat.turns import Turns

LOOK_SECONDS = 0.1
MAX_LOOKS = 50
"""How often it is checked whether a stopped reply is over, so that the next question is not refused."""


class Stopped(BaseModel):
    """`turn_id`: of the reply that was stopped; None where none ran. `is_over`: the next question can be sent."""

    turn_id: str | None = None
    is_over: bool = True


async def stop(stopping: Stopping, turns: Turns, user: str, turn_id: str) -> Stopped:
    """Stops a turn, and waits some seconds until it is over."""
    await stopping.stop(user, turn_id)
    for _ in range(MAX_LOOKS):
        turn = await turns.get(turn_id)
        if turn is None or turn.is_over:
            return Stopped(turn_id=turn_id)
        await asyncio.sleep(LOOK_SECONDS)
    return Stopped(turn_id=turn_id, is_over=False)
