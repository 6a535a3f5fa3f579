"""Opens, begins, stops and closes turns. A turn is opened by the API, run by a worker, and closed exactly once."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

import structlog
from pydantic import BaseModel, Json

from chat import keys, titles
from chat.active_turns import ActiveTurns
from chat.errors import (
    LimitReached,
    UnknownTurn,
)
from chat.event_log import LostTurn
from chat.events import End, Error, Start, encode
from chat.messages import EndReason, Message, Usage
from chat.open_turns import OpenTurns
from chat.questions import Question, new_turn_id, open_keys, record_of, refusal_of
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, run_in_order
from chat.stored_bytes import SessionSize, StoredBytes

State = Literal["queued", "running", "done", "cancelled", "failed"]

Left = Literal["released", "died"]
"""How a worker left a turn: it is alive and gave the turn back; the separate process that ran the turn has ended."""

ACTIVE_STATES = ("queued", "running")

DETACHED_TURN_TTL = 3
"""Seconds to keep an ended turn whose history was cleared, so that its readers can still receive the end."""

logger = structlog.get_logger(__name__)


class Turn(BaseModel):
    """A turn's record; times in seconds since the epoch. `error_*` are set where it failed.

    `trace`: traceparent of the turn's spans, "" = no trace. `cancel`: the turn shall be stopped.
    `user_id`, `revision`: the session's when the question was asked; "" and 0 in turns of earlier versions.
    """

    turn_id: str
    state: State
    attempt: int
    seq: int
    persona: str
    model: str
    question: str
    created_at: float
    started_at: float | None = None
    first_token_at: float | None = None
    finished_at: float | None = None
    finish_reason: EndReason | None = None
    usage: Json[Usage] | None = None
    error_code: str | None = None
    error_detail: str | None = None
    error_retryable: bool = False
    trace: str = ""
    cancel: bool = False
    user_id: str = ""
    revision: int = 0

    @property
    def session_id(self) -> str:
        return keys.session_of(self.turn_id)

    @property
    def is_over(self) -> bool:
        return self.state not in ACTIVE_STATES


@dataclass(frozen=True)
class Opened:
    """Result of opening a turn. `is_new` is False where the idempotency key had opened it before."""

    turn_id: str
    is_new: bool
    size: SessionSize | None = None
    """The size of its session, if new."""


@dataclass(frozen=True)
class Stopped:
    """Result of stopping a turn. `is_new`: the turn was queued, and this stop has ended it."""

    state: State
    is_new: bool


@dataclass(frozen=True)
class Claimed:
    """Result of beginning an attempt.

    "begun": run it; "cancelled", "exhausted": close the turn; "alone": begin it in a separate process; "ended": the
    turn is over or gone; "stale": a newer claim owns the turn.
    `history`, if begun: the session's newest messages as JSON, oldest first.
    """

    status: Literal["begun", "cancelled", "exhausted", "alone", "ended", "stale"]
    turn: Turn | None = None
    history: Sequence[str] = ()


class Turns:
    """All steps of turns on the store."""

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._open = Script(store, "open")
        self._begin = Script(store, "begin")
        self._cancel = Script(store, "cancel")
        self._close = Script(store, "close")
        self._release = Script(store, "release")
        self._hand_back = Script(store, "handback")
        self._look = Script(store, "look")
        self._settle = Script(store, "settle")
        self.open_turns = OpenTurns(store)
        self._active = ActiveTurns(store, settings)
        self.stored = StoredBytes(store, settings)

    async def open(self, user_id: str, question: Question, position: int, address: str = "", trace: str = "") -> Opened:
        """Stores the question and opens its turn, or finds the turn that the idempotency key opened before.

        `address`: hash of the guest's address, if the turn counts for that too; `trace` as in `Turn`.
        Raises `UnknownSession`, `UnknownMessage`, `NoQuestion`, `TurnRunning`, `KeyReused`, `TooManyTurns`,
        `TooManyTurnsHere` or `QuotaReached`; then nothing was stored.
        """
        last = ""
        while True:
            turn_id = new_turn_id(question.session_id, last)
            await self._reserve(user_id, address, turn_id)
            args = *self._open_args(user_id, turn_id, question, position), address, trace
            status, other, *size = await self._open_in_slices(turn_id, args)
            if status == "opened":
                return Opened(turn_id, is_new=True, size=SessionSize(user_id, question.session_id, *map(int, size)))
            await self.open_turns.forget(turn_id)
            await self._active.give_back(user_id, address, turn_id)
            if status == "same":
                return Opened(other, is_new=False)
            last = other if status == "taken" else ""
            if status != "taken" and not (status == "busy" and await self.release(other)):
                raise refusal_of(status, other)

    async def _reserve(self, user_id: str, address: str, turn_id: str) -> None:
        """Takes the turn's slots, then checks the quota: so only turns that hold a slot can exceed the quota."""
        try:
            others = self.open_turns.note(turn_id), *self.stored.total(user_id)
            _, *totals = await self._active.take(user_id, address, turn_id, *others)
            self.stored.check(totals)
        except LimitReached:
            await self._active.give_back(user_id, address, turn_id)
            await self.open_turns.forget(turn_id)
            raise

    async def _open_in_slices(self, turn_id: str, args: Sequence[str | int | float]) -> Sequence[str]:
        """Calls `open.lua` until it has dropped all replaced messages. Returns its answer, always with the turn."""
        names = open_keys(turn_id)
        answer = await self._open(names, *args)
        while answer[0] == "long":
            answer = await self._open(names, *args)
        return answer if len(answer) > 1 else (answer[0], turn_id)

    def _open_args(
        self, user_id: str, turn_id: str, question: Question, position: int
    ) -> tuple[str | int | float, ...]:
        """Returns the arguments for `open.lua` without the last two. `turn_id` "": only find an earlier turn."""
        text, settings, nonce = question.message, self._settings, uuid4().hex
        message = Message(id=nonce, role="user", content=text, turn_id=turn_id) if text else None
        start = Start(turn_id=turn_id, session_id=question.session_id, position=position)
        return (
            user_id,
            turn_id,
            message.to_json().removeprefix(f'{{"id":"{nonce}",') if message else "",
            nonce,
            question.replace_from or "",
            settings.max_history_messages,
            encode(start),
            settings.running_ttl,
            settings.conversation_expire_time,
            settings.session_expire_time,
            *record_of(question),
            titles.from_question(text or ""),
            question.persona,
            question.model,
        )

    async def get(self, turn_id: str) -> Turn | None:
        """Returns the turn of any user; None where it is gone."""
        fields = await self._store.execute_command("HGETALL", keys.turn(turn_id))
        return Turn.model_validate({**fields, "turn_id": turn_id}) if fields else None

    async def look(self, user_id: str, turn_id: str) -> Turn | None:
        """Returns the user's turn; None where it is gone. Raises `UnknownTurn` where the session is not the user's."""
        script, (names, args) = self.looking(user_id, turn_id)
        return self.seen(turn_id, await script(names, *args))

    def looking(self, user_id: str, turn_id: str) -> ScriptCall:
        """Returns the call of `look`, for a batch; `seen` reads its answer. Raises `UnknownTurn` for a bad id."""
        _check(turn_id)
        return self._look, ((keys.session(keys.session_of(turn_id)), keys.turn(turn_id)), (user_id,))

    def seen(self, turn_id: str, fields: Sequence[str] | None) -> Turn | None:
        """Reads the answer of `look.lua`. Returns and raises what `look` does."""
        if fields is None:
            raise UnknownTurn
        return _turn(turn_id, fields) if fields else None

    async def are_active(self, turn_ids: Sequence[str]) -> list[bool]:
        """Whether each of the turns is active and not to be stopped, in one round trip.

        Reads only these two fields. A record that cannot be read counts as not active.
        """
        async with self._store.pipeline(transaction=False) as pipe:
            for turn_id in turn_ids:
                pipe.hmget(keys.turn(turn_id), ["state", "cancel"])
            found = await pipe.execute(raise_on_error=False)
        return [isinstance(each, list) and each[0] in ACTIVE_STATES and each[1] != "1" for each in found]

    async def release(self, turn_id: str) -> bool:
        """Frees the session if the turn is over or gone. Returns whether it is."""
        names = (keys.session(keys.session_of(turn_id)), keys.turn(turn_id))
        return bool(await self._release(names, turn_id))

    async def begin(
        self, turn_id: str, token: str, losses_allowed: int | None = None, messages: int = 1, *, alone: bool = False
    ) -> Claimed:
        """Begins the next attempt for the claim `token`; from then on older claims can no longer write.

        `messages`: number of newest messages to return, 0 = all. `alone`: the calling process runs only this turn.
        """
        names = (keys.turn(turn_id), keys.log(turn_id), keys.messages(keys.session_of(turn_id)))
        losses = self._settings.max_attempts if losses_allowed is None else losses_allowed
        status, *found = await self._begin(names, token, losses, -messages, int(alone))
        if not found:
            return Claimed(status)
        turn, history = found
        return Claimed(status, _turn(turn_id, turn), history)

    async def hand_back(self, turn_id: str, token: str, left: Left = "released") -> None:
        """Records how the worker left the turn, which decides whether the attempt counts as a loss."""
        await self._hand_back([keys.turn(turn_id)], token, left)

    async def opened_before(self, user_id: str, question: Question) -> str | None:
        """Returns the turn that the question opened before, if any. Opens nothing.

        Raises `UnknownSession`, `KeyReused`, or `TurnRunning` where another turn of the session is active.
        """
        names = open_keys(f"{question.session_id}.1")
        status, *other = await self._open(names, *self._open_args(user_id, "", question, 0), "", "")
        if status == "busy" and ((turn := await self.get(other[0])) is None or turn.is_over):
            status = "new"
        if status not in ("same", "new"):
            raise refusal_of(status, "".join(other))
        return other[0] if status == "same" else None

    async def was_asked_for(self, turn_id: str) -> bool:
        """Whether an idempotency record shows that the turn existed; nothing else of it may be left."""
        listing = keys.idempotency_times(keys.session_of(turn_id))
        return await self._store.zscore(listing, keys.record_of_turn(turn_id)) is not None

    async def end_is_read(self, question: Question, turn_id: str) -> None:
        """Removes the question's record, so that the same words in GET /chat/stream are a new question."""
        session_id = keys.session_of(turn_id)
        name, *_ = record_of(question)
        await self._settle((keys.idempotency(session_id), keys.idempotency_times(session_id)), name, turn_id)

    async def cancel(self, user_id: str, turn_id: str) -> Stopped:
        """Stops the turn: ends a queued one, signals the worker of a running one. Raises `UnknownTurn`.

        It stays among the open turns until the caller has dropped its job and removes it there.
        """
        _check(turn_id)
        session_id = keys.session_of(turn_id)
        end = End(session_id=session_id, finish_reason="cancelled")
        names = (keys.session(session_id), keys.turns(session_id), keys.turn(turn_id), keys.log(turn_id))
        state, is_new = await self._cancel(
            names, user_id, turn_id, encode(end), self._settings.log_ttl, DETACHED_TURN_TTL, secrets.token_hex(8)
        )
        if state == "unknown":
            raise UnknownTurn
        if is_new:  # `open.lua` set a longer time, so that the history outlives a waiting question
            await self._store.expire(keys.messages(session_id), self._settings.conversation_expire_time)
        if state == "running":
            await self._store.publish(keys.STOPS, turn_id)
        return Stopped(state, bool(is_new))

    async def close(
        self, turn: Turn, token: str, state: State, last: End | Error, reply: Message | None, entries: int = 0
    ) -> None:
        """Ends the turn: stores the reply, appends `last` to the log, frees the session. Raises `LostTurn`.

        `entries`: events that this attempt wrote. `open_turns.run` removes the turn from the open turns soon after.
        """
        turn_id, session_id, settings = turn.turn_id, turn.session_id, self._settings
        names = (
            keys.session(session_id),
            keys.messages(session_id),
            keys.turns(session_id),
            keys.turn(turn_id),
            keys.log(turn_id),
        )
        args = (
            token,
            turn_id,
            state,
            reply.to_json() if reply else "",
            encode(last),
            settings.max_history_messages,
            settings.log_ttl,
            settings.conversation_expire_time,
            DETACHED_TURN_TTL,
            *_outcome(last),
        )
        asked = SessionSize(turn.user_id, session_id, turn.revision, 0)
        counting = self.stored.closing(asked, entries, reply)
        *counted, answer = await run_in_order(self._store, counting, [(self._close, (names, args))])
        for error in counted:
            if isinstance(error, Exception):  # the session's next question corrects the count
                logger.info("bytes_not_counted", error=type(error).__name__)
        if isinstance(answer, Exception):
            raise answer
        if answer == 0:
            await self.stored.not_closed(asked)
            raise LostTurn
        self.open_turns.forget_soon(turn_id)


def _turn(turn_id: str, fields: Sequence[str]) -> Turn:
    """Reads a turn from a script's answer: name, value, name, value, …"""
    named = zip(fields[::2], fields[1::2], strict=True)
    return Turn.model_validate({**dict(named), "turn_id": turn_id})


def _check(turn_id: str) -> None:
    if not keys.is_turn_id(turn_id):
        raise UnknownTurn


def _outcome(last: End | Error) -> list[Any]:
    """Returns the fields that record how the turn ended."""
    if isinstance(last, Error):
        return ["error_code", last.code, "error_detail", last.content, "error_retryable", int(last.retryable)]
    usage = ["usage", last.usage.model_dump_json()] if last.usage else []
    return ["finish_reason", last.finish_reason, *usage]
