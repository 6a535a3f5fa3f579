"""Pure: what a user asks, and how its repetition is known."""

import hashlib
import secrets
import time
from dataclasses import dataclass

from chat import keys
from chat.errors import HoldfastError, KeyReused, NoQuestion, TurnRunning, UnknownMessage, UnknownSession

RECONNECT_SECONDS = 60
"""For so long after its turn's end a question of GET /chat/stream counts as the same one when it is asked again."""


@dataclass(frozen=True)
class Question:
    """What a user asks. Without `message`, the last question is answered again. "" = the session's persona.

    `replace_from` is the id of a message: it and all after it are dropped first.

    `by_stream`: asked by GET /chat/stream, whose client cannot send an idempotency key, and sends the same request
    again where it lost the connection before the first event. The same words count as the same question until
    `RECONNECT_SECONDS` after the turn's end, or until a reader of that stream was told the end (`Turns.end_is_read`).
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
        """Whether its repetition is known."""
        return bool(self.idempotency_key) or self.by_stream


def new_turn_id(session_id: str, last: str = "") -> str:
    """The number after `last`, if given, else one that most likely is greater than any before in the session.

    `open.lua` refuses one that is not, as it may be where clocks differ.
    """
    number = int(last) + 1 if last else f"{time.time_ns() // 1000}{secrets.randbelow(100):02}"
    return f"{session_id}.{number}"


def record_of(question: Question) -> tuple[str, str, int | str]:
    """The question's idempotency record: its name ("" = none), a digest, and the seconds for which it counts.

    The digest tells two questions under one key apart, and nothing to anybody who does not know the key.
    """
    asked = repr((question.message, question.replace_from)).encode()
    if question.idempotency_key:
        secret = hashlib.blake2b(question.idempotency_key.encode()).digest()
        digest = hashlib.blake2b(asked, digest_size=16, key=secret).hexdigest()
        return keys.digest(question.idempotency_key), digest, ""
    if question.by_stream:
        return f"stream:{keys.digest(repr((question.message, question.persona)))}", "-", RECONNECT_SECONDS
    return "", "", ""


def open_keys(turn_id: str) -> tuple[str, ...]:
    """The keys of `open.lua`."""
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
    """The error for what `open.lua` answers where it opens nothing; `other` is the turn that it names, if any."""
    if status == "busy":
        return TurnRunning(turn_id=other)
    if status == "key_reused":
        return KeyReused(turn_id=other)
    return {"unknown_message": UnknownMessage, "no_question": NoQuestion}.get(status, UnknownSession)()
