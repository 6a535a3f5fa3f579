"""Receives the files that users attach: keeps each on disk while it arrives, has it read, and stores it."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import BinaryIO, NamedTuple, cast

from starlette.datastructures import FormData, Headers, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from api.limits.user_concurrency import UserConcurrency
from chat.attachments import File
from chat.files import names
from chat.files.errors import FileBroken, FilesBusy, FilesUnavailable, FileTooLarge, NoFile
from chat.files.files import Files
from chat.files.objects import OFF, Objects
from chat.files.preparing import Preparing
from chat.settings import Settings
from chat.store.memory import StoreMemory

FIELD = "file"

MAX_HERE = 32
"""Files that this process receives at once."""

MAX_BYTES_HERE = 128 << 20
"""How large these may be together: they are in the temporary folder. A single one may be larger."""

MAX_HERE_OF_USER = 4
MAX_BYTES_HERE_OF_USER = 64 << 20
"""The same for one user, so that others' uploads have room. The page sends two files at a time."""

MAX_OF_USER = 1
"""Files of one user that this process reads at once, of the few that it reads at all; the others wait."""

ROOM_SECONDS = 60
"""How long a file that is here already waits for room."""

EMPTY = "The file is empty. Choose another one."
NO_ROOM = "The server has no room for the file while it reads it. Try again later, or ask the operator."


class _Arriving(NamedTuple):
    """A file that is received; `size`: of the whole body, in bytes."""

    user_id: str
    size: int


class Uploads:
    """All uploads of this process."""

    def __init__(self, settings: Settings, files: Files, objects: Objects, store_memory: StoreMemory) -> None:
        self._settings = settings
        self._files = files
        self._objects = objects
        self._store_memory = store_memory
        self._preparing = Preparing(settings)
        self._concurrency = UserConcurrency(MAX_OF_USER)
        self._arriving: list[_Arriving] = []
        self._freed = asyncio.Event()

    @property
    def is_on(self) -> bool:
        """Whether this server keeps files."""
        return self._objects.is_on

    async def receive(self, user_id: str, request: Request) -> File:
        """Receives, reads and stores the file of a request.

        Raises `FilesUnavailable`, `FilesBusy`, `NoFile`, `FileTooLarge`, `FileTypeRefused`, `FileBroken`,
        `FileQuotaReached` or `StoreFull`: then nothing was stored.
        """
        if not self._objects.is_on:
            raise FilesUnavailable(OFF)
        self._store_memory.check()
        with self._room(user_id, _length(request.headers, self._settings.max_file_bytes)):
            form = await _form(request)
            try:
                return await self._take_form(user_id, form)
            finally:
                await form.close()

    @contextmanager
    def _room(self, user_id: str, size: int) -> Iterator[None]:
        """Holds room for a file in the temporary folder, before it is received. Raises `FilesBusy`."""
        if self._is_full(user_id, size):
            raise FilesBusy
        arriving = _Arriving(user_id, size)
        self._arriving.append(arriving)
        try:
            yield
        finally:
            self._arriving.remove(arriving)
            self._freed.set()

    def _is_full(self, user_id: str, size: int) -> bool:
        own = [each for each in self._arriving if each.user_id == user_id]
        return _is_too_much(self._arriving, size, MAX_HERE, MAX_BYTES_HERE) or _is_too_much(
            own, size, MAX_HERE_OF_USER, MAX_BYTES_HERE_OF_USER
        )

    async def _take_form(self, user_id: str, form: FormData) -> File:
        upload = form.get(FIELD)
        if not isinstance(upload, UploadFile):
            raise NoFile
        try:
            await asyncio.to_thread(upload.file.fileno)  # moves a small one from memory to disk
        except OSError as error:
            raise FilesUnavailable(NO_ROOM) from error
        return await self._store(user_id, names.clean(upload.filename), upload.file, upload.size or 0)

    async def take(self, user_id: str, name: str, size: int, write: Callable[[BinaryIO], None]) -> File:
        """Reads and stores a file that is here already; `write`, which may block, writes at most `size` bytes.

        Waits for room for it. Raises as `receive` does, and what `write` raises.
        """
        if size > self._settings.max_file_bytes:
            raise FileTooLarge
        if not self._objects.is_on:
            raise FilesUnavailable(OFF)
        async with self._room_in_time(user_id, size):
            with _temporary() as file:
                try:
                    await asyncio.to_thread(write, file)
                    written = file.tell()
                    await asyncio.to_thread(file.seek, 0)
                except OSError as error:
                    raise FilesUnavailable(NO_ROOM) from error
                return await self._store(user_id, names.clean(name), file, written)

    @asynccontextmanager
    async def _room_in_time(self, user_id: str, size: int) -> AsyncIterator[None]:
        """Holds room as `_room` does, for which it waits. Raises `FilesBusy` where there is none in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ROOM_SECONDS):
                while self._is_full(user_id, size):
                    self._freed.clear()
                    await self._freed.wait()
        with self._room(user_id, size):
            yield

    async def _store(self, user_id: str, name: str, file: BinaryIO, size: int) -> File:
        """Has a file read, and stores it. `file` has a descriptor of its own."""
        if not size:
            raise FileBroken(EMPTY)
        if size > self._settings.max_file_bytes:
            raise FileTooLarge
        async with self._concurrency.slot(user_id):
            answer = await self._preparing.read(file, names.ending_of(name))
        await asyncio.to_thread(file.seek, 0)
        return await self._files.add(user_id, name, file, size, answer)


def _is_too_much(arriving: Sequence[_Arriving], size: int, most: int, most_bytes: int) -> bool:
    """Returns whether a body of that size has no room next to these. A single one may be larger."""
    return bool(arriving) and (len(arriving) >= most or sum(each.size for each in arriving) + size > most_bytes)


async def _form(request: Request) -> FormData:
    """Receives the whole body; of a file only the first megabyte is kept in memory.

    Raises `NoFile` for a body that is no form with a single file, or breaks off.
    """
    try:
        return await request.form(max_files=1, max_fields=0)
    except (HTTPException, ClientDisconnect, KeyError) as error:  # or it is too large or slow, which is answered before
        raise NoFile from error
    except OSError as error:
        raise FilesUnavailable(NO_ROOM) from error


def _temporary() -> BinaryIO:
    """Returns a file that is gone once it is closed. Raises `FilesUnavailable` where there is no room for one."""
    try:
        return cast(BinaryIO, tempfile.TemporaryFile())
    except OSError as error:
        raise FilesUnavailable(NO_ROOM) from error


def _length(headers: Headers, most: int) -> int:
    """Returns the length that the request declares, which has been checked; `most` if it declares none."""
    declared = headers.get("content-length", "").strip()
    return int(declared) if declared.isdecimal() else most
