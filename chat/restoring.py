"""Stores imported conversations as sessions: each of them whole, or not at all."""

import asyncio
import contextlib
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from chat import keys
from chat.errors import TooManySessions, UnknownSession
from chat.files.errors import UnknownFile
from chat.files.files import Files
from chat.list_errors import TooManyPinned, TooManyTags
from chat.marks import MarksChange
from chat.message_files import files_of, with_files
from chat.messages import Message
from chat.session_list import SessionList
from chat.settings import FOREVER, Settings
from chat.store import Redis, RedisError, Script, ScriptCall, named, run
from chat.stored_bytes import SessionSize, StoredBytes
from chat.transfer.conversation import Conversation

SLICE_MESSAGES = 100
SLICE_BYTES = 500_000
"""Limits of one call of `restore.lua`. A slice has at least one message, even a larger one."""

UNSEEN_SECONDS = 600
"""How long the keys of a session stay that is not complete: until they expire, if the process dies."""

RESTORE = Script("restore")
REVEAL = Script("reveal")


class Interrupted(Exception):
    """Raised where stored messages expired before the session was complete, because the store was away for long."""


class Room(NamedTuple):
    """What a user may still store. None = no limit."""

    sessions: int | None
    bytes: int | None


class Restoring:
    """Stores the messages under the keys of a new session, which nothing shows before all are there."""

    def __init__(self, store: Redis, settings: Settings, files: Files) -> None:
        self._store = store
        self._files = files
        self._settings = settings
        self._stored = StoredBytes(store, settings)
        self._list = SessionList(store, settings)

    async def room(self, user_id: str) -> Room:
        """Returns how many sessions and bytes the user may still store."""
        limit, quota = self._settings.max_sessions_per_user, self._settings.max_bytes_per_user
        used = [await run(self._store, call) for call in self._stored.total_calls(user_id)]
        listed = await self._store.zcard(keys.user_sessions(user_id)) if limit else 0
        return Room(max(limit - listed, 0) if limit else None, max(quota - used[0], 0) if used else None)

    async def find_own_files(self, user_id: str, conversation: Conversation) -> None:
        """Finds those of the attached files that are the user's. They are described as the store has them."""
        if conversation.file_ids:
            conversation.files = await self._files.own(user_id, sorted(conversation.file_ids))

    async def restore(
        self,
        user_id: str,
        conversation: Conversation,
        persona: str,
        known: Container[str] | None = None,
    ) -> str:
        """Stores the conversation as a new session of the user. Returns its id.

        `known`: personas; where a message has another one, that is left out. None = all are known.

        Raises `TooManySessions`, `QuotaReached` or `Interrupted`; then the user has no such session, and after any
        error what was stored expires.
        """
        totals = [await run(self._store, call) for call in self._stored.total_calls(user_id)]
        self._stored.check(totals, conversation.bytes)
        session_id, bound = str(uuid4()), dict[str, bool]()
        try:
            for part in slices(_adapted(conversation, known)):
                kept = await self._bind(user_id, session_id, part, bound)
                conversation.left_out["files"] += _files(part) - _files(kept)
                await run(self._store, _restore_call(session_id, kept))
        except BaseException:  # the client is gone, too: what is not counted may not stay
            await asyncio.shield(self._drop(user_id, session_id))
            raise
        await asyncio.shield(self._finish(user_id, session_id, conversation, persona))
        if used := [file_id for file_id, is_bound in bound.items() if is_bound]:
            await self._files.settle(user_id, used, is_opened=True)
        return session_id

    async def _bind(
        self, user_id: str, session_id: str, part: Sequence[Message], bound: dict[str, bool]
    ) -> list[Message]:
        """Binds the files of messages to their session. Returns the messages with those that could be bound.

        Others were removed meanwhile, or are in as many sessions as a file may be. `bound`: whether each file of the
        session was bound; it is added to.
        """
        kept = list[Message]()
        for message in part:
            for file_id in message.file_ids:
                if file_id not in bound:
                    bound[file_id] = await self._is_bound(user_id, session_id, file_id)
            kept.append(with_files(message, {each.id: each for each in files_of(message) if bound[each.id]}))
        return kept

    async def _is_bound(self, user_id: str, session_id: str, file_id: str) -> bool:
        try:
            await self._files.bind(user_id, session_id, [file_id])
        except UnknownFile:
            return False
        return True

    async def _finish(self, user_id: str, session_id: str, conversation: Conversation, persona: str) -> None:
        try:
            kept = await self._reveal(user_id, session_id, conversation, persona)
        except BaseException:
            await self._drop(user_id, session_id)
            raise
        if kept:  # else it has been deleted already
            await self._stored.imported(SessionSize(user_id, session_id, *kept))

    async def _drop(self, user_id: str, session_id: str) -> None:
        """Removes what was stored. If the store is away, that expires."""
        with contextlib.suppress(RedisError, OSError):
            await self._store.unlink(*keys.history(session_id), keys.turns(session_id))
            await self._list.remove(user_id, session_id)  # or else by the next reading of the list

    async def _reveal(
        self, user_id: str, session_id: str, conversation: Conversation, persona: str
    ) -> tuple[int, int] | None:
        """Makes it a session, lists it, and keeps it: in this order, so that a crash loses it whole.

        Returns its revision and bytes; None where it has been deleted already.
        """
        if not await run(self._store, self._reveal_call("make", user_id, session_id, conversation, persona)):
            raise Interrupted
        # The list drops sessions by the time of their activity, so an old one may only be listed where none expires.
        at = conversation.updated_at if self._settings.keep_session == FOREVER else None
        if not await self._list.add(user_id, session_id, at or ""):
            raise TooManySessions
        await self._mark(user_id, session_id, conversation)
        return await run(self._store, self._reveal_call("keep", user_id, session_id, conversation, persona))

    async def _mark(self, user_id: str, session_id: str, conversation: Conversation) -> None:
        """Marks the session as the conversation was; beyond a limit of pins or tags it stays without these."""
        marks = conversation.marks
        changes = MarksChange(pinned=marks.pinned), MarksChange(archived=marks.archived), MarksChange(tags=marks.tags)
        for change in changes:
            if any(change):
                with contextlib.suppress(TooManyPinned, TooManyTags, UnknownSession):
                    await self._list.mark(user_id, session_id, change)

    def _reveal_call(
        self, step: str, user_id: str, session_id: str, conversation: Conversation, persona: str
    ) -> ScriptCall[tuple[int, int] | None]:
        is_kept = step == "keep"
        arguments = named(
            {
                "step": step,
                "user": user_id,
                "title": conversation.title,
                "persona": persona,
                "created_at": conversation.created_at or "",
                "updated_at": conversation.updated_at or "",
                "messages": len(conversation.messages),
                "leaf": conversation.leaf or "",
                **conversation.settings.arguments(),
                "trimmed": int(conversation.trimmed),
                "last_turn": conversation.last_turn,
                "legacy": self._settings.legacy_messages,
                "keep_history": self._settings.keep_history if is_kept else UNSEEN_SECONDS,
                "keep_session": self._settings.keep_session if is_kept else UNSEEN_SECONDS,
            }
        )
        names = (*keys.history(session_id), keys.turns(session_id))
        return ScriptCall(REVEAL, names, arguments, _size)


def _files(messages: Sequence[Message]) -> int:
    return sum(len(message.file_ids) for message in messages)


def _size(answer: Sequence[int]) -> tuple[int, int] | None:
    return (answer[0], answer[1]) if answer else None


def _adapted(conversation: Conversation, personas: Container[str] | None) -> Iterator[Message]:
    """Yields the messages without unknown personas, and with those of their files that the user has."""
    for message in conversation.messages:
        changes = dict[str, Any]()
        if personas is not None and message.persona not in personas:
            changes["persona"] = None
        own = with_files(message, conversation.files)
        yield own.model_copy(update=changes) if changes else own


def slices(messages: Iterable[Message]) -> Iterator[list[Message]]:
    """Yields the messages in parts that one call may store."""
    part, size = list[Message](), 0
    for message in messages:
        length = sum(map(len, message.texts))
        if part and (len(part) == SLICE_MESSAGES or size + length > SLICE_BYTES):
            yield part
            part, size = [], 0
        part.append(message)
        size += length
    if part:
        yield part


def _restore_call(session_id: str, messages: Sequence[Message]) -> ScriptCall[int]:
    parts = [part for message in messages for part in _parts(session_id, message)]
    return ScriptCall(RESTORE, keys.history(session_id), (UNSEEN_SECONDS, *parts), int)


def _parts(session_id: str, message: Message) -> tuple[str, str, str, str, str]:
    feedback = message.feedback.model_dump_json() if message.feedback else ""
    return message.id, message.parent_id or "", _body(session_id, message), " ".join(message.file_ids), feedback


def _body(session_id: str, message: Message) -> str:
    """Returns the JSON as `restore.lua` takes it. A turn's id names the new session, in which there is no such turn."""
    turn_id = f"{session_id}.{keys.number_of(message.turn_id)}" if message.turn_id else None
    if turn_id and not keys.is_turn_id(turn_id):
        turn_id = None
    return message.model_copy(update={"parent_id": None, "turn_id": turn_id, "feedback": None}).body()
