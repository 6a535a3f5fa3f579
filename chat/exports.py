"""Exports sessions as JSON or Markdown, piece by piece."""

import time
from collections.abc import AsyncGenerator, MutableMapping, Sequence
from typing import Any

from chat import keys
from chat.attachments import Attachment
from chat.errors import UnknownSession
from chat.marks import Marks
from chat.message_files import files_of
from chat.message_slices import MessageSlices
from chat.own_personas import OwnPersonas
from chat.session_list import SessionList
from chat.session_record import Session
from chat.session_settings import NAMES
from chat.settings import Settings
from chat.store import Redis
from chat.transfer import holdfast, markdown
from chat.transfer.holdfast import Total
from chat.transfer.markdown import Heading, Outline

SLICE = 500
"""Sessions that are counted in one round trip."""


class Exports:
    """Reads the sessions of one user. Each piece is made of what one call of the store returned."""

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._personas = OwnPersonas(store, settings)
        self._list = SessionList(store, settings)
        self._slices = MessageSlices(store, settings)

    async def listed(self, user_id: str) -> list[str]:
        """Returns the ids of all sessions: pinned ones first, then those that were used last, then archived ones."""
        return await self._list.ids(user_id)

    async def total(self, session_ids: Sequence[str]) -> Total:
        """Counts the sessions that exist, and their messages."""
        sessions = messages = 0
        for start in range(0, len(session_ids), SLICE):
            async with self._store.pipeline(transaction=False) as pipe:
                for session_id in session_ids[start : start + SLICE]:
                    pipe.hmget(keys.session(session_id), ["user_id", "messages"])
                    pipe.llen(keys.messages(session_id))
                found = await pipe.execute()
            for (user_id, count), legacy in zip(found[::2], found[1::2], strict=True):
                sessions += user_id is not None
                messages += int(count or legacy) if user_id else 0
        return Total(sessions, messages)

    async def as_json(
        self,
        user_id: str,
        session_ids: Sequence[str],
        total: Total,
        files: MutableMapping[str, Attachment] | None = None,
        *,
        has_personas: bool = False,
    ) -> AsyncGenerator[str]:
        """Yields the document of `docs/export.md`. It is complete JSON only with its last piece.

        `has_personas`: whether it has the user's own personas. Adds the files of the messages that it has yielded to
        `files`, by their ids.
        """
        yield holdfast.head(time.time(), total, await self._personas.listed(user_id) if has_personas else None)
        is_first = True
        for session_id in session_ids:
            try:
                async for piece in self._session_as_json(user_id, session_id, files, is_first=is_first):
                    is_first = False
                    yield piece
            except UnknownSession:  # deleted meanwhile
                continue
        yield holdfast.END

    async def _session_as_json(
        self, user_id: str, session_id: str, files: MutableMapping[str, Attachment] | None, *, is_first: bool
    ) -> AsyncGenerator[str]:
        is_begun = has_messages = False
        try:
            async for part in self._slices.read(user_id, session_id):
                if not is_begun:
                    marks = await self._list.marks(user_id, session_id)
                    yield holdfast.session_head(_fields(session_id, part.fields, marks), is_first=is_first)
                is_begun = True
                yield holdfast.lines(part.messages, are_first=not has_messages)
                if files is not None:
                    files.update((each.id, each) for message in part.messages for each in files_of(message))
                has_messages = has_messages or bool(part.messages)
        except UnknownSession:
            if not is_begun:
                raise
        yield holdfast.SESSION_END

    async def as_markdown(self, user_id: str, session_ids: Sequence[str], total: Total) -> AsyncGenerator[str]:
        """Yields a document for readers. The last line says that it is complete."""
        yield markdown.document_head(total)
        for session_id in session_ids:
            try:
                async for piece in self._session_as_markdown(user_id, session_id):
                    yield piece
            except UnknownSession:
                continue
        yield markdown.END

    async def _session_as_markdown(self, user_id: str, session_id: str) -> AsyncGenerator[str]:
        """Reads the messages up to three times: for their order, for the branch that is shown, and for the others."""
        outline, final, leaf = Outline(), "", ""
        async for part in self._slices.read(user_id, session_id):
            if not final:
                leaf = part.fields.get("leaf", "")
                yield markdown.heading(_heading(part.fields))
            final = part.final
            outline.add(part.messages)
        outline.number(leaf)
        for is_shown in (True, False):
            if not is_shown and outline.has_others:
                yield markdown.OTHERS
            if final and (is_shown or outline.has_others):
                async for part in self._slices.read(user_id, session_id, final):
                    chosen = [each for each in part.messages if (each.id in outline.shown) is is_shown]
                    yield "".join(markdown.message_text(each, outline) for each in chosen)


def _fields(session_id: str, fields: dict[str, str], marks: Marks) -> dict[str, Any]:
    session = Session.from_hash(session_id, fields)
    names = {"session_id", "title", "role", "created_at", "updated_at", "trimmed", "leaf"}
    given = {name for name in NAMES if getattr(session, name) is not None}
    return session.model_dump(include=names | given) | marks.model_dump(exclude_defaults=True)


def _heading(fields: dict[str, str]) -> Heading:
    session = Session.from_hash("", fields)
    return Heading(session.title, session.role, session.created_at, session.updated_at)
