"""Asks users about calls of tools, and takes their answers. A turn that waits for an answer has no worker."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from chat import keys
from chat.approval_errors import ApprovalAnswered, ApprovalChanged, ApprovalExpired, TurnOver, UnknownApproval
from chat.asks import Answer, Ask
from chat.errors import UnknownTurn
from chat.event_log import LostTurn
from chat.events import ApprovalEvent, encode
from chat.open_turns import OpenTurns
from chat.settings import Settings
from chat.store import Argument, Redis, Script, ScriptCall, named, run

APPROVE = Script("approve")
PARK = Script("park")

REFUSALS = {
    "unknown_turn": UnknownTurn,
    "unknown": UnknownApproval,
    "changed": ApprovalChanged,
    "answered": ApprovalAnswered,
    "over": TurnOver,
    "expired": ApprovalExpired,
}


class Parked(NamedTuple):
    """Result of asking the user. `until`: when the question expires, in seconds since the epoch by Redis' clock.

    "parked": end the job, and the turn goes on with another attempt; "held": the caller keeps the turn; "answered":
    the same questions were answered before; "stopped": close the turn, which was stopped meanwhile.
    """

    status: Literal["parked", "held", "answered", "stopped"]
    until: float


class Answered(NamedTuple):
    """Result of an answer. `is_new`: it was not stored before.

    "resumed": the turn waits for nothing more, and the caller queues it; "stored": it waits for further answers;
    "held": a worker has the turn, and reads the answer.
    """

    status: Literal["resumed", "stored", "held"]
    is_new: bool


class Approvals:
    """All steps of approvals on the store."""

    def __init__(self, store: Redis, settings: Settings, open_turns: OpenTurns, seconds: float) -> None:
        self._store = store
        self._open_turns = open_turns
        self.seconds = min(seconds, settings.keep_session, settings.keep_history)
        """How long a question waits: no longer than its conversation is kept."""

        self._kept = int(self.seconds) + settings.running_ttl

    async def park(self, turn_id: str, token: str, seq: int, asks: Sequence[Ask]) -> Parked:
        """Has the turn wait for answers without a worker. Writes the `approval` events itself, with `until`.

        `seq`: of the last event that the caller has written. Raises `LostTurn`.
        """
        await self._open_turns.set_aside(turn_id)
        parked = await run(self._store, self._call(turn_id, token, str(seq), asks))
        if parked.status == "parked":
            await self._open_turns.set_aside(turn_id)  # a sweep may have removed it meanwhile
            await self._open_turns.forget_active(turn_id)
        return parked

    async def hold(self, turn_id: str, token: str, asks: Sequence[Ask]) -> Parked:
        """Asks while a call runs. Afterwards the caller writes the events, with `until`. Raises `LostTurn`.

        An answer comes with a message on the channel of stops, and is in the turn's hash.
        """
        return await run(self._store, self._call(turn_id, token, "", asks))

    async def answer(self, user_id: str, turn_id: str, ask: Ask, answer: Answer) -> Answered:
        """Stores the user's answer. The same one again changes nothing.

        Raises `UnknownTurn`, `UnknownApproval`, `ApprovalChanged`, `ApprovalAnswered`, `ApprovalExpired` or `TurnOver`.
        """
        answered = await run(self._store, answer_call(user_id, turn_id, ask, answer))
        if answered.status == "held":
            await self._store.publish(keys.STOPS, turn_id)
        return answered

    def _call(self, turn_id: str, token: str, seq: str, asks: Sequence[Ask]) -> ScriptCall[Parked]:
        session_id = keys.session_of(turn_id)
        names = (*keys.history(session_id), keys.turns(session_id), keys.turn(turn_id), keys.log(turn_id))
        questions = [text for ask in asks for text in (ask.id, _json(ask), encode(_event(ask)))]
        return ScriptCall(PARK, names, (token, turn_id, seq, self.seconds, self._kept, *questions), _parked)


def answer_call(user_id: str, turn_id: str, ask: Ask, answer: Answer) -> ScriptCall[Answered]:
    """Returns the call that stores an answer; it raises as `Approvals.answer`."""
    event = ApprovalEvent(**ask.answered(answer).model_dump())
    args: dict[str, Argument] = {
        "user": user_id,
        "turn": turn_id,
        "id": ask.id,
        "ask": ask.stored,
        "answer": answer.encode(),
        "event": encode(event),
        "tool": ask.tool if answer.state == "allowed_session" else "",
    }
    names = (keys.session(keys.session_of(turn_id)), keys.turn(turn_id), keys.log(turn_id))
    return ScriptCall(APPROVE, names, named(args), _answered)


def _answered(answer: Sequence[Any]) -> Answered:
    status, is_new = answer
    if status in REFUSALS:
        raise REFUSALS[status]
    return Answered(status, bool(is_new))


def _event(ask: Ask) -> ApprovalEvent:
    return ApprovalEvent(**ask.approval().model_dump(exclude={"until"}))


def _json(ask: Ask) -> str:
    return ask.model_copy(update={"until": None}).model_dump_json()


def _parked(answer: Sequence[Any]) -> Parked:
    status, until = answer
    if status == "lost":
        raise LostTurn
    return Parked(status, float(until))
