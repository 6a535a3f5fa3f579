"""A turn's record in the store, and the script calls that read and change it."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field, Json, model_validator

from chat import keys
from chat.asks import NOTHING_ASKED, Asked, answers_of
from chat.errors import UnknownTurn
from chat.events import End, Error, encode
from chat.messages import EndReason, Message, reply_id
from chat.session_settings import NAMES, SessionSettings
from chat.settings import Settings
from chat.store import Argument, Script, ScriptCall, fields_of, named
from chat.usage import Usage

State = Literal["waiting", "queued", "running", "done", "cancelled", "failed"]

Left = Literal["released", "died"]
"""How a worker left a turn: it is alive and gave the turn back; the separate process that ran the turn has ended."""

Earlier = Literal["ask", "keep", "drop"]
"""What a new attempt does with the events of earlier ones: see `chat/scripts/begin.lua`."""

ACTIVE_STATES = ("queued", "running")
OVER_STATES = ("done", "cancelled", "failed")

DETACHED_TURN_TTL = 3
"""Seconds to keep an ended turn whose history was cleared, so that its readers can still receive the end."""

BEGIN = Script("begin")
CANCEL = Script("cancel")
CLOSE = Script("close")
HAND_BACK = Script("handback")
LOOK = Script("look")
RELEASE = Script("release")
WAITS = Script("waits")


class Turn(BaseModel):
    """A turn's record; times in seconds since the epoch. `error_*` are set where it failed.

    `trace`: traceparent of the turn's spans, "" = no trace. `cancel`: the turn shall be stopped.
    `thinking`: whether the model shall think; None = as it does by itself.
    `address`: hash of the address that the turn counts for. `user_id`, `revision`: the session's when the question was
    asked; "" and 0 in turns of earlier versions.

    `begun_at`: when the present attempt began. `text_since`: when the attempt began that wrote the first of the text in
    the log; `thought_at`, `spoke_at`: when that text had its first thinking, its first content. `position`: where the
    model's reply was when event `position_seq` was written, as the worker noted it.
    `continues`: id of the reply that the turn's reply goes on with, "" = none. `lost`: number of lost attempts.
    `asked`: what it has asked its user. `paused`: until when it waits for answers without a worker; see `is_paused`.
    """

    turn_id: str
    state: State
    attempt: int
    seq: int
    persona: str
    model: str
    thinking: bool | None = None
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
    address: str = ""
    revision: int = 0
    begun_at: float | None = None
    text_since: float | None = None
    thought_at: float | None = None
    spoke_at: float | None = None
    position: str = ""
    position_seq: int = 0
    continues: str = ""
    lost: int = 0
    has_tool_calls: bool = False
    owner: str = ""
    paused: float | None = None
    parked_by: str = ""
    asked: Annotated[Asked, Field(exclude=True)] = NOTHING_ASKED

    @model_validator(mode="before")
    @classmethod
    def _read_asked(cls, fields: dict[str, Any]) -> dict[str, Any]:
        return {**fields, "asked": answers_of(fields)} if "asks" in fields else fields

    @model_validator(mode="after")
    def _calls_are_the_reason(self) -> Self:
        """Reads what `_outcome` wrote."""
        if self.has_tool_calls and self.finish_reason == "stop":
            self.finish_reason = "tool_calls"
        return self

    @property
    def session_id(self) -> str:
        return keys.session_of(self.turn_id)

    @property
    def is_over(self) -> bool:
        return self.state in OVER_STATES

    @property
    def is_paused(self) -> bool:
        """Whether it waits for an answer of its user, without a worker.

        A process of 0.1.0 that claims it becomes its owner, and makes the reply again without tools.
        """
        return self.state == "running" and self.paused is not None and self.parked_by == self.owner


@dataclass(frozen=True)
class Claimed:
    """Result of beginning an attempt.

    "begun": run it; "again": say what happens to the events of earlier attempts; "cancelled", "exhausted", "expired":
    close the turn; "alone": begin it in a separate process; "ended": the turn is over or gone; "stale": a newer claim
    owns it; "paused": it waits for an answer of its user.
    `history`: the question and the messages before it on its branch as JSON, oldest first. `settings`: what the user
    has set for the session. `continued`: the reply that the turn continues, if it is still there. `allowed_tools`: the
    tools, as `server/tool`, that the user has allowed for the session.
    """

    status: Literal["begun", "again", "cancelled", "exhausted", "expired", "alone", "ended", "stale", "paused"]
    turn: Turn | None = None
    history: Sequence[str] = ()
    settings: SessionSettings = field(default_factory=SessionSettings)
    continued: Message | None = None
    allowed_tools: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Stopped:
    """Result of stopping a turn. `is_new`: the turn was queued, and this stop has ended it."""

    state: State
    is_new: bool


def look_call(user_id: str, turn_id: str) -> ScriptCall[Turn | None]:
    """Returns the call that reads a user's turn. Result: the turn, or None where it is gone.

    Raises `UnknownTurn` for a malformed id; the call does for a session that is not the user's.
    """
    _check(turn_id)
    names = (keys.session(keys.session_of(turn_id)), keys.turn(turn_id))
    return ScriptCall(LOOK, names, [user_id], partial(_seen, turn_id))


def begin_call(
    turn_id: str, token: str, losses_allowed: int, messages: int, *, alone: bool, earlier: Earlier
) -> ScriptCall[Claimed]:
    """Returns the call that begins an attempt; the arguments as in `Turns.begin`."""
    session_id = keys.session_of(turn_id)
    names = (keys.turn(turn_id), keys.log(turn_id), keys.tree(session_id), keys.session(session_id))
    args = token, losses_allowed, messages, int(alone), earlier
    return ScriptCall(BEGIN, names, args, partial(_claimed, turn_id))


def hand_back_call(turn_id: str, token: str, left: Left) -> ScriptCall[bool]:
    """Returns the call that records how a worker left a turn. Result: whether that changed the record."""
    return ScriptCall(HAND_BACK, [keys.turn(turn_id)], (token, left), bool)


def cancel_call(user_id: str, turn_id: str, settings: Settings, only: State | None = None) -> ScriptCall[Stopped]:
    """Returns the call that stops a turn, if it is in the state `only`.

    Raises `UnknownTurn` for a malformed id; the call does for a turn that is gone or not the user's.
    """
    _check(turn_id)
    session_id = keys.session_of(turn_id)
    end = End(session_id=session_id, finish_reason="cancelled")
    reply = empty_reply(turn_id, end)
    args: dict[str, Argument] = {
        "user": user_id,
        "turn": turn_id,
        "event": encode(end),
        "reply": reply.body(),
        "reply_id": reply.id,
        "legacy": settings.legacy_messages,
        "keep_turn": settings.log_ttl,
        "keep_history": settings.keep_history,
        "keep_detached": DETACHED_TURN_TTL,
        "call": secrets.token_hex(8),
        "only": only or "",
    }
    return ScriptCall(CANCEL, _history_and_turn_keys(turn_id), named(args), _stopped)


def close_call(
    turn_id: str, token: str, state: State, last: End | Error, reply: Message | None, settings: Settings
) -> ScriptCall[str | None]:
    """Returns the call that ends a turn.

    Result: the session's next turn, "" where there is none; None where the caller does not own the turn.
    """
    stored = reply or empty_reply(turn_id, last)
    args: dict[str, Argument] = {
        "token": token,
        "turn": turn_id,
        "state": state,
        "reply": stored.body(),
        "reply_id": stored.id,
        "is_empty": int(reply is None),
        "files": " ".join(image.id for image in stored.images),
        "event": encode(last),
        "kind": last.type,
        "history_limit": settings.max_history_messages,
        "legacy": settings.legacy_messages,
        "keep_turn": settings.log_ttl,
        "keep_history": settings.keep_history,
        "keep_session": settings.keep_session,
        "keep_detached": DETACHED_TURN_TTL,
        "keep_running": settings.running_ttl,
        **_outcome(last),
    }
    return ScriptCall(CLOSE, _history_and_turn_keys(turn_id), named(args), _closed)


def empty_reply(turn_id: str, last: End | Error) -> Message:
    """Returns the reply of a turn that ended without text. It is stored only as a further version."""
    return Message(
        id=reply_id(turn_id),
        role="assistant",
        content="",
        turn_id=turn_id,
        finish_reason="error" if isinstance(last, Error) else last.finish_reason,
        error=last.code if isinstance(last, Error) else None,
    )


def release_call(turn_id: str) -> ScriptCall[bool]:
    """Returns the call that frees the session of a turn that is over or gone. Result: whether it is."""
    return ScriptCall(RELEASE, (keys.session(keys.session_of(turn_id)), keys.turn(turn_id)), [turn_id], bool)


def waits_call(turn_id: str) -> ScriptCall[bool]:
    """Returns the call that tells whether a turn waits for its user, and nothing has to be done about it."""
    return ScriptCall(WAITS, [keys.turn(turn_id)], (), bool)


def _history_and_turn_keys(turn_id: str) -> tuple[str, ...]:
    session_id = keys.session_of(turn_id)
    return *keys.history(session_id), keys.turns(session_id), keys.turn(turn_id), keys.log(turn_id)


def _turn(turn_id: str, fields: Sequence[str]) -> Turn:
    return Turn.model_validate({**fields_of(fields), "turn_id": turn_id})


def _seen(turn_id: str, fields: Sequence[str] | None) -> Turn | None:
    if fields is None:
        raise UnknownTurn
    return _turn(turn_id, fields) if fields else None


def _claimed(turn_id: str, answer: Sequence[Any]) -> Claimed:
    status, *found = answer
    if not found:
        return Claimed(status)
    fields, history, given, continued, allowed = found
    settings = SessionSettings.of_hash(dict(zip(NAMES, given, strict=True)))
    base = Message.from_json(continued) if continued else None
    return Claimed(status, _turn(turn_id, fields), history, settings, base, frozenset(allowed.splitlines()))


def _closed(answer: Sequence[Any]) -> str | None:
    is_closed, following = answer
    return str(following) if is_closed else None


def _stopped(answer: Sequence[Any]) -> Stopped:
    state, is_new = answer
    if state == "unknown":
        raise UnknownTurn
    return Stopped(state, bool(is_new))


def _check(turn_id: str) -> None:
    if not keys.is_turn_id(turn_id):
        raise UnknownTurn


def _outcome(last: End | Error) -> dict[str, Argument]:
    """Returns the fields that record how the turn ended.

    Calls of tools have a field of their own, because processes of 0.1.0 refuse a reason that they do not know.
    """
    if isinstance(last, Error):
        return {"error_code": last.code, "error_detail": last.content, "error_retryable": int(last.retryable)}
    usage = {"usage": last.usage.model_dump_json()} if last.usage else {}
    if last.finish_reason == "tool_calls":
        return {"finish_reason": "stop", "has_tool_calls": 1, **usage}
    return {"finish_reason": last.finish_reason, **usage}
