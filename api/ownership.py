"""Whose a turn is: its session's user's, and nobody else's."""

from api.state import State
from chat import keys
from chat.errors import UnknownSession, UnknownTurn


async def own_turn(state: State, user: str, turn_id: str) -> None:
    """Raises `UnknownTurn` for a turn that is malformed, or not in a session of the user's: nobody can tell which."""
    if not keys.is_turn_id(turn_id):
        raise UnknownTurn
    try:
        await state.sessions.get(user, keys.session_of(turn_id))
    except UnknownSession:
        raise UnknownTurn from None
