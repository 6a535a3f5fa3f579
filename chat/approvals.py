"""Asks users about calls of tools, and takes their answers. A turn that waits for an answer has no worker."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from chat import keys
from chat.asks import Ask
from chat.event_log import LostTurn
from chat.events import ApprovalEvent, encode
from chat.open_turns import OpenTurns
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, run

PARK = Script("park")


class Parked(NamedTuple):
    """Result of asking the user. `until`: when the question expires, in seconds since the epoch by Redis' clock.

    "parked": end the job, and the turn goes on with another attempt; "held": the caller keeps the turn; "answered":
    the same questions were answered before; "stopped": close the turn, which was stopped meanwhile.
    """

    status: Literal["parked", "held", "answered", "stopped"]
    until: float


class Approvals:
    """All steps of approvals on the store."""

    def __init__(self, store: Redis, settings: Settings, open_turns: OpenTurns, seconds: float) -> None:
        self._store = store
        self._open_turns = open_turns
        self._seconds = min(seconds, settings.keep_session, settings.keep_history)
        """A question waits no longer than its conversation is kept."""

        self._kept = int(self._seconds) + settings.running_ttl

    async def park(self, turn_id: str, token: str, seq: int, asks: Sequence[Ask]) -> Parked:
        """Has the turn wait for answers without a worker. Writes the `approval` events itself, with `until`.

        `seq`: of the last event that the caller has written. Raises `LostTurn`.
        """
        await self._open_turns.set_aside(turn_id)
        parked = await run(self._store, self._call(turn_id, token, str(seq), asks))
        if parked.status == "parked":
            await self._open_turns.forget_active(turn_id)
        return parked

    async def hold(self, turn_id: str, token: str, asks: Sequence[Ask]) -> Parked:
        """Asks while a call runs. Afterwards the caller writes the events, with `until`. Raises `LostTurn`.

        An answer comes with a message on the channel of stops, and is in the turn's hash.
        """
        return await run(self._store, self._call(turn_id, token, "", asks))

    def _call(self, turn_id: str, token: str, seq: str, asks: Sequence[Ask]) -> ScriptCall[Parked]:
        session_id = keys.session_of(turn_id)
        names = (*keys.history(session_id), keys.turns(session_id), keys.turn(turn_id), keys.log(turn_id))
        questions = [text for ask in asks for text in (ask.id, _json(ask), encode(_event(ask)))]
        return ScriptCall(PARK, names, (token, turn_id, seq, self._seconds, self._kept, *questions), _parked)


def _event(ask: Ask) -> ApprovalEvent:
    return ApprovalEvent(**ask.approval().model_dump(exclude={"until"}))


def _json(ask: Ask) -> str:
    return ask.model_copy(update={"until": None}).model_dump_json()


def _parked(answer: Sequence[Any]) -> Parked:
    status, until = answer
    if status == "lost":
        raise LostTurn
    return Parked(status, float(until))
