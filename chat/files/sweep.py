"""Checks the files of all users: removes those that no message has any more, and objects without a record."""

import asyncio
import time
from collections.abc import Sequence

import structlog

from chat import keys
from chat.files import record
from chat.files.errors import FilesUnavailable
from chat.files.files import CHECK_SECONDS, Files
from chat.files.objects import Objects, Place, Stored, place_of
from chat.store import Redis, RedisError, run
from chat.store.errors import note

PASS_SECONDS = 15.0
BATCH = 20
MAX_BATCHES = 10
"""How often files are checked, and at most how many in one pass."""

LIST_SECONDS = 24 * 3600
"""How often one of all processes lists the objects."""

LIST_PAUSE = 0.5
"""Seconds between two steps of a listing."""

ORPHAN_SECONDS = 7 * 24 * 3600
"""Age from which an object without a record is removed: until then the store may be put back from a copy."""

logger = structlog.get_logger(__name__)


class FileSweeper:
    """Every API runs one; a single one suffices, because a file that one takes is due for others only later."""

    def __init__(self, store: Redis, files: Files, objects: Objects) -> None:
        self._store = store
        self._files = files
        self._objects = objects

    async def run(self) -> None:
        """Sweeps until cancelled. Does nothing where the server keeps no files."""
        while self._objects.is_on:
            await asyncio.sleep(PASS_SECONDS)
            try:
                await self.check_due()
                await self.list_once_a_day()
            except (RedisError, OSError, FilesUnavailable) as error:
                logger.warning("file_sweep_failed", error=note(error))
        await asyncio.Event().wait()

    async def check_due(self) -> int:
        """Checks the files that are due, a bounded number. Returns how many are gone."""
        removed = 0
        for _ in range(MAX_BATCHES):
            due = await run(self._store, record.due_call(BATCH, CHECK_SECONDS))
            for member in due:
                user, _, file_id = member.partition("/")
                removed += await self._files.remove_if_unused(Place(user, file_id))
            if len(due) < BATCH:
                break
        if removed:
            logger.info("files_removed", count=removed)
        return removed

    async def list_once_a_day(self) -> None:
        if await self._store.set(keys.FILES_LISTED, "1", nx=True, ex=LIST_SECONDS):
            await self.remove_orphans()

    async def remove_orphans(self, age: float = ORPHAN_SECONDS) -> int:
        """Removes objects of that age without a record, in small steps. Returns the number of their files.

        A store without any file has been lost rather than emptied: then nothing is removed.
        """
        if not await self._store.zcard(keys.FILES):
            return 0
        removed = 0
        async for stored in self._objects.listed():
            removed += await self._remove_unknown(stored, time.time() - age)
            await asyncio.sleep(LIST_PAUSE)
        if removed:
            logger.warning("files_without_record_removed", count=removed)
        return removed

    async def _remove_unknown(self, stored: Sequence[Stored], before: float) -> int:
        places = list({place for each in stored if each.modified < before and (place := place_of(each.path))})
        async with self._store.pipeline(transaction=False) as pipe:
            for place in places:
                pipe.exists(keys.file(*place))
            known = await pipe.execute() if places else []
        unknown = [place for place, exists in zip(places, known, strict=True) if not exists]
        for place in unknown:
            await self._objects.delete(place)
        return len(unknown)
