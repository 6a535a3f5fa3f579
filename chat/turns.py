"""Opens, begins, stops and closes turns. A turn is opened by the API, run by a worker, and closed exactly once."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from chat import keys
from chat.active_turns import ActiveTurns
from chat.errors import LimitReached
from chat.event_log import LostTurn
from chat.events import End, Error
from chat.messages import Message
from chat.open_turns import OpenTurns, note_call
from chat.questions import OpenAnswer, Question, new_turn_id, open_call, record_of, refusal_of
from chat.settings import Settings
from chat.store import Redis, RedisError, Script, ScriptCall, batch_each, in_order, results, run
from chat.store.errors import note
from chat.stored_bytes import SessionSize, StoredBytes
from chat.takeover import take_over
from chat.turn_record import (
    ACTIVE_STATES,
    Claimed,
    Earlier,
    Left,
    State,
    Stopped,
    Turn,
    begin_call,
    cancel_call,
    close_call,
    hand_back_call,
    look_call,
    release_call,
    waits_call,
)

SETTLE = Script("settle")

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Opened:
    """Result of opening a turn. `is_new` is False where the idempotency key had opened it before.

    `waits`: its question waits until the session's active turn has ended.
    """

    turn_id: str
    is_new: bool
    waits: bool = False
    size: SessionSize | None = None
    """The size of its session, if new."""


class Turns:
    """All steps of turns on the store."""

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self.open_turns = OpenTurns(store)
        self._active = ActiveTurns(store, settings)
        self.stored = StoredBytes(store, settings)

    async def open(self, user_id: str, question: Question, position: int, address: str = "", trace: str = "") -> Opened:
        """Stores the question and opens its turn, or finds the turn that the idempotency key opened before.

        `address`: hash of the guest's address, if the turn counts for that too; `trace` as in `Turn`.
        Raises `UnknownSession`, `UnknownMessage`, `NoQuestion`, `NotAReply`, `TurnRunning`, `KeyReused`,
        `TooManyTurns`, `TooManyTurnsHere` or `QuotaReached`; then nothing was stored.
        """
        last = ""
        while True:
            turn_id = new_turn_id(question.session_id, last)
            await self._reserve(user_id, address, turn_id)
            call = open_call(
                user_id, turn_id, question, self._settings, position=position, address=address, trace=trace
            )
            answer = await self._open(question.session_id, call)
            if answer.status == "opened":
                size = SessionSize(user_id, question.session_id, answer.revision, answer.bytes)
                return Opened(turn_id, is_new=True, size=size)
            if answer.status == "waits":  # it takes a slot when it is asked
                await self._active.give_back(user_id, address, turn_id)
                return Opened(turn_id, is_new=True, waits=True)
            await self.open_turns.forget(turn_id)
            await self._active.give_back(user_id, address, turn_id)
            if answer.status == "same":
                return Opened(answer.turn, is_new=False)
            last = answer.turn if answer.status == "taken" else ""
            if not last and not (answer.status == "busy" and await self.release(answer.turn)):
                raise refusal_of(answer.status, answer.turn)

    async def _reserve(self, user_id: str, address: str, turn_id: str) -> None:
        """Takes the turn's slots, then checks the quota: so only turns that hold a slot can exceed the quota."""
        try:
            others = note_call(turn_id), *self.stored.total_calls(user_id)
            _, *totals = await self._active.take(user_id, address, turn_id, *others)
            self.stored.check(totals)
        except LimitReached:
            await self._active.give_back(user_id, address, turn_id)
            await self.open_turns.forget(turn_id)
            raise

    async def _open(self, session_id: str, call: ScriptCall[OpenAnswer]) -> OpenAnswer:
        """Makes the call of `open.lua`, once more if messages had to be taken over before."""
        while (answer := await run(self._store, call)).status == "not_taken_over":
            await take_over(self._store, self._settings, session_id)
        return answer

    async def get(self, turn_id: str) -> Turn | None:
        """Returns the turn of any user; None where it is gone."""
        fields = await self._store.execute_command("HGETALL", keys.turn(turn_id))
        return Turn.model_validate({**fields, "turn_id": turn_id}) if fields else None

    async def look(self, user_id: str, turn_id: str) -> Turn | None:
        """Returns the user's turn; None where it is gone. Raises `UnknownTurn` where the session is not the user's."""
        return await run(self._store, look_call(user_id, turn_id))

    async def are_active(self, turn_ids: Sequence[str]) -> list[bool]:
        """Whether each of the turns is active and not to be stopped, in one round trip.

        Reads only these two fields. A record that cannot be read counts as not active.
        """
        async with self._store.pipeline(transaction=False) as pipe:
            for turn_id in turn_ids:
                pipe.hmget(keys.turn(turn_id), ["state", "cancel"])
            found = await pipe.execute(raise_on_error=False)
        return [isinstance(each, list) and each[0] in ACTIVE_STATES and each[1] != "1" for each in found]

    async def wait_for_user(self, turn_ids: Sequence[str]) -> list[bool]:
        """Whether each of the turns waits for an answer, and nothing has to be done about it, in one round trip.

        It has to where the time is over, or the turn is to be stopped. A record that cannot be read does not wait.
        """
        return [found is True for found in await batch_each(self._store, list(map(waits_call, turn_ids)))]

    async def rejoin(self, turn: Turn) -> None:
        """Takes the slots of a turn again that has waited for its user. Raises `TooManyTurns`, `TooManyTurnsHere`."""
        await self._active.take(turn.user_id, turn.address, turn.turn_id)

    async def release(self, turn_id: str) -> bool:
        """Frees the session if the turn is over or gone. Returns whether it is."""
        return await run(self._store, release_call(turn_id))

    async def begin(
        self,
        turn_id: str,
        token: str,
        losses_allowed: int | None = None,
        messages: int = 1,
        *,
        alone: bool = False,
        earlier: Earlier = "drop",
    ) -> Claimed:
        """Begins the next attempt for the claim `token`; from then on older claims can no longer write.

        `messages`: greatest number of messages to return, the question among them. `alone`: the calling process runs
        only this turn. `earlier`: what happens to the events of earlier attempts.
        """
        losses = self._settings.max_attempts if losses_allowed is None else losses_allowed
        call = begin_call(turn_id, token, losses, messages, alone=alone, earlier=earlier)
        claimed = await run(self._store, call)
        if claimed.turn is None or claimed.history:
            return claimed
        await take_over(self._store, self._settings, keys.session_of(turn_id))  # a process of 0.1.0 opened the turn
        return await run(self._store, call)

    async def hand_back(self, turn_id: str, token: str, left: Left = "released") -> None:
        """Records how the worker left the turn, which decides whether the attempt counts as a loss."""
        await run(self._store, hand_back_call(turn_id, token, left))

    async def opened_before(self, user_id: str, question: Question) -> str | None:
        """Returns the turn that the question opened before, if any. Opens nothing.

        Raises `UnknownSession`, `KeyReused`, or `TurnRunning` where another turn of the session is active.
        """
        status, earlier, *_ = await run(self._store, open_call(user_id, "", question, self._settings))
        if status == "busy" and ((turn := await self.get(earlier)) is None or turn.is_over):
            status = "new"
        if status not in ("same", "new"):
            raise refusal_of(status, earlier)
        return earlier if status == "same" else None

    async def was_asked_for(self, turn_id: str) -> bool:
        """Whether an idempotency record shows that the turn existed; nothing else of it may be left."""
        listing = keys.idempotency_times(keys.session_of(turn_id))
        return await self._store.zscore(listing, keys.record_of_turn(turn_id)) is not None

    async def end_is_read(self, question: Question, turn_id: str) -> None:
        """Removes the question's record, so that the same words in GET /chat/stream are a new question."""
        session_id = keys.session_of(turn_id)
        name, *_ = record_of(question)
        names = (keys.idempotency(session_id), keys.idempotency_times(session_id))
        await run(self._store, ScriptCall(SETTLE, names, (name, turn_id), bool))

    async def cancel(self, user_id: str, turn_id: str, only: State | None = None) -> Stopped:
        """Stops the turn: ends a queued one, signals the worker of a running one. Raises `UnknownTurn`.

        `only`: the state in which it is stopped; in any other it does not change.

        It stays among the open turns until the caller has dropped its job and removes it there.
        """
        stopped = await run(self._store, cancel_call(user_id, turn_id, self._settings, only))
        if stopped.state == "running" and only in (None, "running"):
            await self._store.publish(keys.STOPS, turn_id)
        return stopped

    async def close(
        self, turn: Turn, token: str, state: State, last: End | Error, reply: Message | None, entries: int = 0
    ) -> str:
        """Ends the turn: stores the reply, appends `last` to the log, frees the session. Raises `LostTurn`.

        Returns the turn of the session's next waiting question, which the caller queues; "" if there is none.
        `entries`: events that this attempt wrote. `open_turns.run` removes the turn from the open turns soon after.
        """
        asked = SessionSize(turn.user_id, turn.session_id, turn.revision, 0)
        counting = self.stored.reply_calls(asked, entries, reply)
        closing = close_call(turn.turn_id, token, state, last, reply, self._settings)
        counted, closed = await in_order(self._store, counting, [closing])
        for error in counted:
            if isinstance(error, RedisError):  # the session's next question corrects the count
                logger.info("bytes_not_counted", error=note(error))
        (following,) = results(closed)
        if following is None:
            await self.stored.not_closed(asked)
            raise LostTurn
        if following and not await self.follow(following):
            return following  # a sweep finds the next one by the closed one
        self.open_turns.forget_soon(turn.turn_id)
        return following

    async def follow(self, turn_id: str) -> bool:
        """Adds a turn that was opened by the end of another to the open turns, and takes its slots.

        Returns whether the store has taken that.
        """
        try:
            await run(self._store, note_call(turn_id))
            if turn := await self.get(turn_id):
                await self._active.add(turn.user_id, turn.address, turn_id)
        except RedisError as error:
            logger.warning("turn_not_noted", turn_id=turn_id, error=note(error))
            return False
        return True
