"""Questions, and how a repeated question is recognised. No I/O."""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import uuid4

from chat import keys, titles
from chat.attachments import Attachment
from chat.client_requests import ClientRequest
from chat.errors import (
    HoldfastError,
    KeyReused,
    NoQuestion,
    NotAQuestion,
    TooManyVersions,
    TurnRunning,
    UnknownMessage,
    UnknownSession,
)
from chat.events import Start, encode
from chat.messages import Message, question_id
from chat.reply_errors import NotAReply
from chat.settings import Settings
from chat.store import Argument, Script, ScriptCall, named
from chat.waiting_errors import TooManyWaiting

OPEN = Script("open")

RECONNECT_SECONDS = 60
"""Time after the turn's end in which the same words in GET /chat/stream still count as the same question."""


@dataclass(frozen=True)
class Question:
    """A user's question. Without `message`, a question is answered again. `persona`, `model` "" = the session's.

    `replace_from`: id of a message of which this becomes another version: of a question, or of a reply without
    `message`. `parent_id`: id of the message that the question follows ("" = it begins the session anew) or, without
    `message`, of the question to answer. Without both it is the last one of the branch that is shown.

    `continues`: id of the reply that is continued: the new one is another version, which begins with its text.

    `thinking`: whether the model shall think, where it can be switched; None = as the model does by itself.

    `file_ids`: files that were asked for. `attachments`: the same once they are bound to the session.

    `request`: what a client of another protocol sends; `message` is then what the page shows. `fingerprint`: the digest
    of the whole request as it came, which distinguishes it from another one with the same key: ids of files that it
    brings differ each time.

    `waits`: while a reply runs, the question waits until that has ended.

    `by_stream`: asked by GET /chat/stream, whose client cannot send an idempotency key and repeats the request when it
    loses the connection before the first event. The same words count as the same question until `RECONNECT_SECONDS`
    after the turn's end, or until a reader of that stream has received the end (`Turns.end_is_read`).
    """

    session_id: str
    persona: str
    model: str
    message: str | None = None
    replace_from: str | None = None
    parent_id: str | None = None
    continues: str | None = None
    idempotency_key: str | None = None
    by_stream: bool = False
    waits: bool = False
    thinking: bool | None = None
    file_ids: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    request: ClientRequest | None = None
    fingerprint: str = ""

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
    place = question.replace_from if question.parent_id is None else (question.replace_from, question.parent_id)
    content = question.fingerprint.encode() or _content_of(question, place)
    if question.idempotency_key:
        secret = hashlib.blake2b(question.idempotency_key.encode()).digest()
        digest = hashlib.blake2b(content, digest_size=16, key=secret).hexdigest()
        return keys.digest(question.idempotency_key), digest, ""
    if question.by_stream:
        return f"stream:{keys.digest(repr((question.message, question.persona)))}", "-", RECONNECT_SECONDS
    return "", "", ""


def _content_of(question: Question, place: object) -> bytes:
    content = repr((question.message, place)).encode()
    if question.file_ids:
        content += repr(question.file_ids).encode()
    if question.continues:
        content += repr(("continues", question.continues)).encode()
    if question.request:
        content += question.request.to_json().encode()
    return content


class OpenAnswer(NamedTuple):
    """The answer of `open.lua`: a status, its turn or turn number, and the size of the session of a new turn."""

    status: str
    turn: str = ""
    revision: int = 0
    bytes: int = 0


def open_call(
    user_id: str,
    turn_id: str,
    question: Question,
    settings: Settings,
    *,
    position: int = 0,
    address: str = "",
    trace: str = "",
) -> ScriptCall[OpenAnswer]:
    """Returns the call that opens a turn. With `turn_id` "" it only looks for the turn that was opened before."""
    text = question.message
    message = _message(turn_id, question) if text or question.request else None
    start = Start(turn_id=turn_id, session_id=question.session_id, position=position)
    record, digest, counts_for = record_of(question)
    args: dict[str, Argument] = {
        "user": user_id,
        "turn": turn_id,
        "question": message.id if message else "",
        "message": message.body() if message else "",
        "files": " ".join(message.file_ids) if message else "",
        "nonce": uuid4().hex,
        "replace_from": question.replace_from or "",
        "parent": "" if question.parent_id is None else question.parent_id or "-",
        "continues": question.continues or "",
        "history_limit": settings.max_history_messages,
        "legacy": settings.legacy_messages,
        "waits": int(question.waits),
        "start": encode(start),
        "keep_turn": settings.running_ttl,
        "keep_history": settings.keep_history,
        "keep_session": settings.keep_session,
        "record": record,
        "digest": digest,
        "counts_for": counts_for,
        "title": titles.from_question(text or ""),
        "persona": question.persona,
        "model": question.model,
        "default_model": settings.catalog.default_id,
        "models": "\n".join(settings.catalog.models),
        "thinking": "" if question.thinking is None else int(question.thinking),
        "address": address,
        "trace": trace,
    }
    return ScriptCall(OPEN, _open_keys(turn_id or f"{question.session_id}.1"), named(args), _read)


def _message(turn_id: str, question: Question) -> Message:
    return Message(
        id=question_id(turn_id),
        role="user",
        content=question.message or "",
        attachments=list(question.attachments) or None,
        turn_id=turn_id,
        request=question.request,
    )


def _open_keys(turn_id: str) -> tuple[str, ...]:
    session_id = keys.session_of(turn_id)
    return (
        *keys.history(session_id),
        keys.turn(turn_id),
        keys.log(turn_id),
        keys.turns(session_id),
        keys.idempotency(session_id),
        keys.idempotency_times(session_id),
    )


def _read(answer: Sequence[Any]) -> OpenAnswer:
    status, turn, *size = answer if len(answer) > 1 else (*answer, "")
    return OpenAnswer(status, str(turn), *map(int, size))


def refusal_of(status: str, other: str) -> HoldfastError:
    """Returns the error for an answer of `open.lua` that opened no turn; `other` is the turn that it names, if any."""
    if status == "busy":
        return TurnRunning(turn_id=other)
    if status == "key_reused":
        return KeyReused(turn_id=other)
    errors: dict[str, type[HoldfastError]] = {
        "unknown_message": UnknownMessage,
        "no_question": NoQuestion,
        "not_a_question": NotAQuestion,
        "not_a_reply": NotAReply,
        "too_many_versions": TooManyVersions,
        "too_many_waiting": TooManyWaiting,
    }
    return errors.get(status, UnknownSession)()
