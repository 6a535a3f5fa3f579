"""Questions, and how a repeated question is recognised. No I/O."""

import hashlib
import secrets
import time
from dataclasses import dataclass

from chat import keys
from chat.errors import HoldfastError, KeyReused, NoQuestion, TurnRunning, UnknownMessage, UnknownSession

RECONNECT_SECONDS = 60
"""Time after the turn's end in which the same words in GET /chat/stream still count as the same question."""


@dataclass(frozen=True)
class Question:
    """A user's question. Without `message`, the last question is answered again. `persona` "" = the session's.

    `replace_from`: id of the first message to drop; all later ones are dropped too.

    `by_stream`: asked by GET /chat/stream, whose client cannot send an idempotency key and repeats the request when it
    loses the connection before the first event. The same words count as the same question until `RECONNECT_SECONDS`
    after the turn's end, or until a reader of that stream has received the end (`Turns.end_is_read`).
    """

    session_id: str
    persona: str
    model: str
    message: str | None = None
    replace_from: str | None = None
    idempotency_key: str | None = None
    by_stream: bool = False

    @property
    def has_record(self) -> bool:
        """Whether a repetition of the question is recognised."""
        return bool(self.idempotency_key) or self.by_stream


def new_turn_id(session_id: str, last: str = "") -> str:
    """Makes a turn id with the number after `last` or, without it, with a number from the clock.

    The number must be greater than all before in the session. Where clocks differ it may not be; then `open.lua`
    refuses it.
    """
    number = int(last) + 1 if last else f"{time.time_ns() // 1000}{secrets.randbelow(100):02}"
    return f"{session_id}.{number}"


def record_of(question: Question) -> tuple[str, str, int | str]:
    """Returns the question's idempotency record: its name ("" = none), a digest, and the seconds for which it counts.

    The digest distinguishes two questions with one key. It is keyed, so it reveals nothing without the key.
    """
    content = repr((question.message, question.replace_from)).encode()
    if question.idempotency_key:
        secret = hashlib.blake2b(question.idempotency_key.encode()).digest()
        digest = hashlib.blake2b(content, digest_size=16, key=secret).hexdigest()
        return keys.digest(question.idempotency_key), digest, ""
    if question.by_stream:
        return f"stream:{keys.digest(repr((question.message, question.persona)))}", "-", RECONNECT_SECONDS
    return "", "", ""


def open_keys(turn_id: str) -> tuple[str, ...]:
    """Returns the keys for `open.lua`."""
    session_id = keys.session_of(turn_id)
    return (
        keys.session(session_id),
        keys.messages(session_id),
        keys.turn(turn_id),
        keys.log(turn_id),
        keys.turns(session_id),
        keys.idempotency(session_id),
        keys.idempotency_times(session_id),
    )


def refusal_of(status: str, other: str) -> HoldfastError:
    """Returns the error for an answer of `open.lua` that opened no turn; `other` is the turn that it names, if any."""
    if status == "busy":
        return TurnRunning(turn_id=other)
    if status == "key_reused":
        return KeyReused(turn_id=other)
    return {"unknown_message": UnknownMessage, "no_question": NoQuestion}.get(status, UnknownSession)()
