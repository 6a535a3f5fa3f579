"""Stopping a turn, and counting what has ended by it."""

from api.state import State
from chat import turns


async def stop(state: State, user: str, turn_id: str) -> turns.State:
    """The state that the turn is in now. Raises `UnknownTurn`."""
    stopped = await state.turns.cancel(user, turn_id)
    if stopped.is_new:
        state.metrics.turns_ended.labels("cancelled", "cancelled").inc()
    return stopped.state
