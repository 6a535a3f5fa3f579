"""Adds, reads, binds and removes the files of users."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import BinaryIO, NamedTuple, TypeVar
from uuid import uuid4

import structlog

from chat import keys
from chat.attachments import Attachment, File
from chat.errors import HoldfastError
from chat.files import record
from chat.files.errors import FileAttached, FileQuotaReached, FilesUnavailable, TooManyFiles, UnknownFile
from chat.files.objects import FORMS, Form, Objects, Place
from chat.files.prepare.order import Answer
from chat.files.record import Record
from chat.settings import Settings
from chat.store import Redis, RedisError, batch_each, results, run
from chat.store.errors import note

COUNTED_BYTES = 16_384
"""A file counts for at least so many bytes, so that a user cannot have any number of records."""

CHECK_SECONDS = 6 * 3600
"""How often a sweep checks whether a file is still used."""

SOON_SECONDS = 60
"""When a sweep checks files whose messages are being removed, in case the process that removes them dies."""

LATER_SECONDS = 600
"""When a sweep checks a file again whose objects could not be removed."""

ARRIVING_SECONDS = 3600
"""Age after which an upload counts as broken off: its process died."""

UNSENT_SECONDS = 24 * 3600
"""How long a file is kept that belongs to no message."""

SLICE = 100
"""Records that are read in one round trip."""

AT_ONCE = 8
"""Files that one request removes at the same time."""

REMOVE_SECONDS = 3.0
"""Time for which a request that deletes messages waits for the objects of their files to be removed."""

T = TypeVar("T")

logger = structlog.get_logger(__name__)


class SentFiles(NamedTuple):
    """The number of files that messages have or had, and their bytes in all."""

    number: int
    bytes: int


class Files:
    """All steps of files. A file belongs to its user; messages of any of the user's sessions may have it.

    It is removed when no message has it any more. Records are kept under the user's hash, so another user's id leads
    nowhere.
    """

    def __init__(self, store: Redis, settings: Settings, objects: Objects) -> None:
        self._store = store
        self._settings = settings
        self._objects = objects

    async def add(self, user_id: str, name: str, content: BinaryIO, size: int, answer: Answer) -> File:
        """Stores a file with its prepared forms.

        Raises `FileQuotaReached` or `FilesUnavailable`; then nothing stays.
        """
        place = Place(keys.digest(user_id), uuid4().hex)
        file = File.model_validate({"id": place.file_id, "name": name, "size": size, **answer.facts})
        quota = self._settings.max_file_bytes_per_user
        stored = max(size + sum(map(len, answer.parts.values())), COUNTED_BYTES)
        await run(self._store, record.note_call(place, CHECK_SECONDS))
        try:
            if not await run(self._store, record.add_call(place, stored, quota, name)):
                raise FileQuotaReached
            await self._objects.put(place, "original", content)
            for form in FORMS:
                if form in answer.parts:
                    await self._objects.put(place, form, answer.parts[form])
            if not await run(self._store, record.keep_call(place, file, stored)):
                raise FilesUnavailable
        except BaseException:
            await asyncio.shield(self._give_up(place))
            raise
        return file

    async def _give_up(self, place: Place) -> None:
        """Removes what an upload has stored. A sweep does so where this fails."""
        try:
            await run(self._store, record.drop_call(place, 0))
            await self._remove(place, [])
        except (RedisError, OSError, FilesUnavailable) as error:
            logger.warning("file_not_removed", error=_name(error))
            with contextlib.suppress(RedisError, OSError):
                await run(self._store, record.note_call(place, SOON_SECONDS))

    async def get(self, user_id: str, file_id: str) -> File:
        """Returns the user's file. Raises `UnknownFile`."""
        place = _place(user_id, file_id)
        found = await self._record(place)
        if found is None or found.state != "ready":
            raise UnknownFile
        return found.file(file_id)

    async def open(self, user_id: str, file_id: str, form: Form) -> tuple[int, AsyncGenerator[bytes]]:
        """Returns the size and the content of a form of the file. Raises `UnknownFile` or `FilesUnavailable`."""
        if (found := await self._objects.open(_place(user_id, file_id), form)) is None:
            raise UnknownFile
        return found

    async def original(self, user_id: str, file_id: str) -> tuple[int, AsyncGenerator[bytes]] | None:
        """Returns the size and the content of a file as it was sent; None where it is gone.

        Raises `FilesUnavailable`.
        """
        is_there = self._objects.is_on and keys.is_file_id(file_id)
        return await self._objects.open(_place(user_id, file_id), "original") if is_there else None

    async def sent(self, user_id: str, session_id: str | None = None) -> SentFiles:
        """Counts the files that were bound to a session, None = to any, as far as they are still there."""
        user, number, size = keys.digest(user_id), 0, 0
        if session_id:
            file_ids = await self._of_session(user, session_id)
        else:
            names = await self._store.execute_command("HKEYS", keys.user_files(user))
            file_ids = [name for name in names if name != "total"]
        for part in _slices(file_ids, SLICE):
            found = await self._records([Place(user, each) for each in part])
            sizes = [each.size for each in found if each and each.state == "ready" and each.sessions]
            number, size = number + len(sizes), size + sum(sizes)
        return SentFiles(number, size)

    async def room(self, user_id: str) -> int | None:
        """Returns how many bytes of files the user may still store; None = no limit."""
        if not (quota := self._settings.max_file_bytes_per_user):
            return None
        used = await self._store.execute_command("HGET", keys.user_files(keys.digest(user_id)), "total")
        return max(quota - int(used or 0), 0)

    async def read(self, user_id: str, file_id: str, form: Form) -> bytes | None:
        """Returns a prepared form of a file; None where it is gone. Raises `FilesUnavailable`."""
        return await self._objects.get(_place(user_id, file_id), form)

    async def attachments(self, user_id: str, file_ids: Sequence[str]) -> list[Attachment]:
        """Returns the files as messages describe them. Raises `UnknownFile` or `TooManyFiles`."""
        if len(file_ids) > self._settings.max_files_per_message:
            raise TooManyFiles(self._settings.max_files_per_message)
        own = await self.own(user_id, file_ids)
        if len(own) < len(set(file_ids)):
            raise UnknownFile
        return [own[file_id] for file_id in dict.fromkeys(file_ids)]

    async def own(self, user_id: str, file_ids: Sequence[str]) -> dict[str, Attachment]:
        """Returns those of the files that are the user's, in slices."""
        own = dict[str, Attachment]()
        for start in range(0, len(file_ids), SLICE):
            part = [each for each in file_ids[start : start + SLICE] if keys.is_file_id(each)]
            found = await self._records([_place(user_id, each) for each in part])
            own |= {
                file_id: each.file(file_id).as_attachment()
                for file_id, each in zip(part, found, strict=True)
                if each and each.state == "ready"
            }
        return own

    async def bind(self, user_id: str, session_id: str, file_ids: Sequence[str]) -> list[Attachment]:
        """Binds files to a session, in which a question with them is opened next. Raises `UnknownFile`."""
        return await run(self._store, record.bind_call(keys.digest(user_id), session_id, file_ids))

    async def settle(self, user_id: str, file_ids: Sequence[str], *, is_opened: bool) -> None:
        """Notes that the question was opened or refused: then the files belong to a draft.

        If this fails, they stay for some minutes longer, and those of no other question until they are a day old.
        """
        try:
            await run(self._store, record.settle_call(keys.digest(user_id), file_ids, is_opened=is_opened))
        except (RedisError, OSError) as error:
            logger.info("files_not_settled", error=note(error))

    async def remove(self, user_id: str, file_id: str) -> None:
        """Removes a file that belongs to no message. Raises `UnknownFile` or `FileAttached`."""
        place = _place(user_id, file_id)
        found = await self._record(place)
        if found is None or found.state != "ready":
            raise UnknownFile
        if not await self._is_marked(place, found):
            raise FileAttached
        await self._remove(place, found.sessions.split())

    @asynccontextmanager
    async def removing(self, user_id: str, session_id: str) -> AsyncIterator[None]:
        """Removes the files that no message has any more after the block, which removes messages of a session."""
        user = keys.digest(user_id)
        file_ids = await self._of_session(user, session_id)
        await self._note([Place(user, each) for each in file_ids])
        yield
        await self._remove_of_session(user, session_id, file_ids)

    @asynccontextmanager
    async def removing_of_turn(self, user_id: str, turn_id: str) -> AsyncIterator[None]:
        """As `removing`, for a block that stops one turn: only a question that waits is removed, with its files."""
        user, is_turn = keys.digest(user_id), keys.is_turn_id(turn_id)
        found = await self._store.execute_command("HGET", keys.turn(turn_id), "files") if is_turn else None
        yield
        if file_ids := (found or "").split():
            await self._note([Place(user, each) for each in file_ids])
            await self._remove_of_session(user, keys.session_of(turn_id), file_ids)

    async def _remove_of_session(self, user: str, session_id: str, file_ids: Sequence[str]) -> None:
        """Removes those of the files that the session, and no other, has any more. A sweep does what fails here."""
        used = set[str]()
        try:
            for part in _slices(file_ids, SLICE):
                used.update(await run(self._store, record.uses_call(session_id, part)))
            await self._remove_unused([Place(user, each) for each in file_ids if each not in used])
        except (RedisError, OSError) as error:
            logger.info("files_not_removed", error=note(error))

    async def _of_session(self, user: str, session_id: str) -> list[str]:
        if not keys.is_session_id(session_id):
            return []
        return sorted(await self._store.execute_command("SMEMBERS", keys.session_files(user, session_id)))

    async def erase(self, user_id: str) -> None:
        """Removes all files of a user whose sessions are deleted, those that were never sent among them."""
        user = keys.digest(user_id)
        names = await self._store.execute_command("HKEYS", keys.user_files(user))
        places = [Place(user, name) for name in names if name != "total"]
        await self._note(places)
        await self._remove_unused(places, is_last=True)

    async def _remove_unused(self, places: Sequence[Place], *, is_last: bool = False) -> None:
        """Removes those of the files that are used no more.

        All are marked first, which only needs the store. Their objects are removed until one cannot be, for some
        seconds at most: the rest is left to a sweep. `is_last`: their user has no messages left, so that their age does
        not matter.
        """
        marked = dict[Place, list[str]]()
        for part in _slices(places, AT_ONCE):
            found = await asyncio.gather(*(self._mark_if_unused(place, is_last=is_last) for place in part))
            marked |= {place: sessions for place, sessions in zip(part, found, strict=True) if sessions is not None}
        try:
            async with asyncio.timeout(REMOVE_SECONDS):
                for part in _slices(list(marked), AT_ONCE):
                    await self._remove_all({place: marked[place] for place in part})
        except (FilesUnavailable, TimeoutError) as error:
            logger.warning("file_not_removed", error=_name(error))

    async def _remove_all(self, files: Mapping[Place, Sequence[str]]) -> None:
        """Removes files at the same time. Raises the first error among them once all have ended."""
        removals = (self._remove(place, sessions) for place, sessions in files.items())
        for outcome in await asyncio.gather(*removals, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _note(self, places: Sequence[Place]) -> None:
        """Has a sweep check the files soon, in case that this process ends before it has removed them."""
        for part in _slices(places, SLICE):
            results(await batch_each(self._store, [record.note_call(place, SOON_SECONDS) for place in part]))

    async def remove_if_unused(self, place: Place) -> bool:
        """Removes a file that is used no more, was never sent or never arrived. Returns whether it is gone.

        What the object store does not take now, a sweep removes later.
        """
        if (sessions := await self._mark_if_unused(place)) is None:
            return False
        try:
            await self._remove(place, sessions)
        except FilesUnavailable as error:
            logger.warning("file_not_removed", error=_name(error))
            await run(self._store, record.note_call(place, LATER_SECONDS))
            return False
        return True

    async def _mark_if_unused(self, place: Place, *, is_last: bool = False) -> list[str] | None:
        """Marks a file as removed. Returns the sessions that it was bound to; None where it stays."""
        found = await self._record(place)
        if found is None:
            return []
        if found.state != "removed":
            if not is_last and not await self._is_over(found):
                return None
            if not await self._is_marked(place, found):
                return None
        return found.sessions.split()

    async def _is_over(self, found: Record) -> bool:
        """Returns whether the file is old enough to be removed if no message has it."""
        if found.used:
            return True
        seconds, _ = await self._store.time()
        allowed = ARRIVING_SECONDS if found.state == "arriving" else UNSENT_SECONDS
        return bool(int(seconds) - found.created_at >= allowed)

    async def _is_marked(self, place: Place, found: Record) -> bool:
        """Marks a file as removed unless a message has it, or a question with it is just being opened."""
        calls = [record.uses_call(session_id, [place.file_id]) for session_id in found.sessions.split()]
        if calls and any(results(await batch_each(self._store, calls))):
            return False
        return await run(self._store, record.drop_call(place, found.binds))

    async def _remove(self, place: Place, sessions: Sequence[str]) -> None:
        """Removes the objects of a file, and only then its record: a sweep repeats what was interrupted."""
        await self._objects.delete(place)
        await run(self._store, record.forget_call(place, sessions))
        await self._store.zrem(keys.FILES, "/".join(place))

    async def _records(self, places: Sequence[Place]) -> list[Record | None]:
        async with self._store.pipeline(transaction=False) as pipe:
            for place in places:
                pipe.hgetall(keys.file(*place))
            return [record.record_of(each) for each in await pipe.execute()]

    async def _record(self, place: Place) -> Record | None:
        return record.record_of(await self._store.execute_command("HGETALL", keys.file(*place)))


def _place(user_id: str, file_id: str) -> Place:
    if not keys.is_file_id(file_id):
        raise UnknownFile
    return Place(keys.digest(user_id), file_id)


def _slices(values: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), most):
        yield values[start : start + most]


def _name(error: Exception) -> str:
    return error.code if isinstance(error, HoldfastError) else note(error)
