"""Imports a file of conversations: reads it whole first, then stores one conversation after another."""

import asyncio
import contextlib
import tempfile
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Container, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import BinaryIO, Literal, cast
from uuid import uuid4

import structlog

from api.file_imports import FileImports, ImportedFiles
from chat import keys
from chat.errors import HoldfastError, QuotaReached, StoreUnavailable, TooManySessions
from chat.own_personas import OwnPersonas
from chat.persona_errors import TooManyPersonas
from chat.personas import Personas, default_of
from chat.restoring import Interrupted, Restoring, Room
from chat.settings import Settings
from chat.slots import Slots
from chat.store import Redis, RedisError, run
from chat.store.errors import note, problem_of
from chat.store.memory import StoreMemory
from chat.tasks import stop
from chat.transfer.conversation import Conversation, LeftOut
from chat.transfer.errors import ImportNoSpace, ImportRunning, ImportsBusy
from chat.transfer.limits import Limits
from chat.transfer.notes import PARTS, REASONS, Part, Reason
from chat.transfer.upload import Upload

MAX_HERE = 2
"""Imports that run in this process at once: each keeps its file in the temporary folder."""

IN_MEMORY_BYTES = 1 << 20
"""Up to this size a file is kept in memory."""

LEASE_SECONDS = 30
RENEW_SECONDS = 10
"""How long a user's slot is kept without renewal, for example when its process died; how often it is renewed."""

logger = structlog.get_logger(__name__)

Line = dict[str, object]
"""One line of the answer, as JSON."""


@dataclass
class _Tally:
    """What an import has done so far. `room`: what the user may still store.

    `personas`: the ids of those that the user can choose. `added_personas`: how many of the user's own were in the file
    and are new.
    """

    room: Room
    imported: int = 0
    left_out: int = 0
    messages: int = 0
    personas: Container[str] = ()
    added_personas: int = 0

    def __post_init__(self) -> None:
        self.parts = Counter[Part]()
        self._bytes = 0

    def obstacle(self, conversation: Conversation) -> Reason | None:
        """Returns why the conversation would not fit."""
        if self.room.sessions is not None and self.imported >= self.room.sessions:
            return "too_many_sessions"
        if self.room.bytes is not None and self._bytes + conversation.bytes > self.room.bytes:
            return "quota_reached"
        return None

    def add(self, conversation: Conversation) -> None:
        self.imported += 1
        self.messages += len(conversation.messages)
        self.parts += conversation.left_out
        self._bytes += conversation.bytes


class Imports:
    """All imports of this process."""

    def __init__(
        self,
        store: Redis,
        settings: Settings,
        personas: Personas,
        store_memory: StoreMemory,
        restoring: Restoring,
        files: FileImports,
        own_personas: OwnPersonas,
    ) -> None:
        self._store = store
        self._limits = Limits(settings.max_import_bytes, settings.max_reply_chars)
        self._personas = personas
        self._store_memory = store_memory
        self._restoring = restoring
        self._files = files
        self._own_personas = own_personas
        self._running = 0

    async def begin(
        self, user_id: str, body: AsyncIterator[bytes], *, is_dry: bool
    ) -> tuple[AsyncGenerator[Line], AsyncExitStack]:
        """Receives and checks the file. Returns the lines of the answer, and what to release after them.

        Reading the lines imports the file.

        Raises `ImportRunning`, `ImportsBusy`, `ImportNoSpace`, `StoreFull` or an `InvalidImport`: then nothing was
        stored. What the body raises passes on.
        """
        if not is_dry:
            self._store_memory.check()
        async with AsyncExitStack() as held:
            await held.enter_async_context(self._slot(user_id))
            file = held.enter_context(cast(BinaryIO, tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)))
            await _receive(body, file)
            upload = Upload(file, self._limits)
            count = await asyncio.to_thread(upload.check)
            tally = _Tally(await self._restoring.room(user_id))
            files = await held.enter_async_context(self._files.begin(user_id, upload.files, is_dry=is_dry))
            kept = held.pop_all()
            return self._lines(_Job(user_id, upload, files, count, is_dry), tally, kept), kept

    @asynccontextmanager
    async def _slot(self, user_id: str) -> AsyncIterator[None]:
        """Holds the user's only slot, and one of this process."""
        if self._running >= MAX_HERE:
            raise ImportsBusy
        self._running += 1
        slots, name = Slots(keys.imports(user_id), 1, LEASE_SECONDS * 1000), uuid4().hex
        try:
            if await run(self._store, slots.reserve_call(name)):
                raise ImportRunning
            renewal = asyncio.create_task(self._renew(slots, name))
            try:
                yield
            finally:
                await stop(renewal)
                with contextlib.suppress(RedisError, OSError):  # it expires
                    await self._store.zrem(slots.key, name)
        finally:
            self._running -= 1

    async def _renew(self, slots: Slots, name: str) -> None:
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            try:
                await run(self._store, slots.keep_call([name]))
            except (RedisError, OSError) as error:
                logger.warning("import_not_renewed", error=note(error))

    async def _lines(self, job: "_Job", tally: _Tally, held: AsyncExitStack) -> AsyncGenerator[Line]:
        files = len(job.upload.files)
        yield {"type": "begin", "dry_run": job.is_dry, "conversations": job.count, "files": files}
        last: Line | None = None
        try:
            await self._take_personas(job, tally)
            async for number, found in job.conversations():
                if isinstance(found, Conversation):
                    async for line in self._take_files(job, found, tally):
                        yield {"type": "file", "index": number, **line}
                yield {"type": "conversation", "index": number, **await self._take(job, found, tally)}
        except HoldfastError as error:
            last = _refusal(error)
        except RedisError as error:
            logger.warning("import_broke", error=note(error))
            last = _refusal(problem_of(error))
        except Interrupted:
            last = _refusal(StoreUnavailable())
        await held.aclose()  # before the last line, after which the user may begin another import
        logger.info("import_ended", dry_run=job.is_dry, imported=tally.imported, left_out=tally.left_out)
        yield last or _end(job, tally)

    async def _take_personas(self, job: "_Job", tally: _Tally) -> None:
        """Adds the personas of the file under their ids, unless the user has them or they would be too many."""
        given = job.upload.personas
        known = self._personas.keys() | await self._own_personas.cards(job.user_id)
        tally.personas = known
        if not given:
            return
        with contextlib.suppress(TooManyPersonas):
            if not job.is_dry:
                self._store_memory.check()
            tally.added_personas = await self._own_personas.restore(job.user_id, given, is_dry=job.is_dry)
            tally.personas = known | given.keys()

    async def _take_files(self, job: "_Job", found: Conversation, tally: _Tally) -> AsyncGenerator[Line]:
        """Adds the files that the conversation has, unless it does not fit. Yields their lines."""
        await self._restoring.find_own_files(job.user_id, found)
        if not tally.obstacle(found):
            async for line in job.files.add(found):
                yield line
        found.leave_out_files()

    async def _take(self, job: "_Job", found: Conversation | LeftOut, tally: _Tally) -> Line:
        """Imports a conversation, unless it cannot be, or this is a dry run. Returns its line."""
        if isinstance(found, LeftOut):
            tally.left_out += 1
            return {"status": "left_out", "title": found.title, **_why(found.reason)}
        session_id, reason = None, tally.obstacle(found)
        if not reason and not job.is_dry:
            self._store_memory.check()
            session_id, reason = await self._restore(job.user_id, found, tally.personas)
            if session_id:
                job.files.keep(found)
        if reason:
            tally.left_out += 1
            return {"status": "left_out", **_summary(found), **_why(reason)}
        tally.add(found)
        status = "importable" if job.is_dry else "imported"
        return {"status": status, **_summary(found), **({"session_id": session_id} if session_id else {})}

    async def _restore(
        self, user_id: str, conversation: Conversation, personas: Container[str]
    ) -> tuple[str | None, Reason | None]:
        persona = conversation.role if conversation.role in personas else default_of(self._personas)
        try:
            return await self._restoring.restore(user_id, conversation, persona or "", personas), None
        except TooManySessions:
            return None, "too_many_sessions"
        except QuotaReached:
            return None, "quota_reached"


@dataclass(frozen=True)
class _Job:
    """An import of a user. `count`: conversations in the file."""

    user_id: str
    upload: Upload
    files: ImportedFiles
    count: int
    is_dry: bool

    async def conversations(self) -> AsyncIterator[tuple[int, Conversation | LeftOut]]:
        """Yields the conversations with their positions. Each is read in a thread, while other tasks run."""
        numbered: Iterator[tuple[int, Conversation | LeftOut]] = enumerate(self.upload.conversations())
        while found := await asyncio.to_thread(next, numbered, None):
            yield found


async def _receive(body: AsyncIterator[bytes], file: BinaryIO) -> None:
    try:
        async for piece in body:
            await asyncio.to_thread(file.write, piece)
        await asyncio.to_thread(file.seek, 0)
    except OSError as error:
        raise ImportNoSpace from error


def _summary(conversation: Conversation) -> Line:
    return {
        "source": conversation.source,
        "title": conversation.title,
        "messages": len(conversation.messages),
        "created_at": conversation.created_at,
        "updated_at": conversation.updated_at,
        "parts": {part: count for part, count in conversation.left_out.items() if count},
    }


def _why(reason: Reason) -> Line:
    return {"reason": reason, "detail": REASONS[reason]}


def _refusal(error: HoldfastError) -> Line:
    return {"type": "error", "status": error.status, "code": error.code, "detail": error.detail}


def _end(job: _Job, tally: _Tally) -> Line:
    kind: Literal["importable", "imported"] = "importable" if job.is_dry else "imported"
    parts = {part: {"count": count, "detail": PARTS[part]} for part, count in tally.parts.items() if count}
    line = {"type": "end", kind: tally.imported, "left_out": tally.left_out, "messages": tally.messages, "parts": parts}
    if given := len(job.upload.personas):
        line["personas"] = {"given": given, "added": tally.added_personas}
    return line
