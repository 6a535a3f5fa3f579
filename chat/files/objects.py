"""Keeps the contents of files in an object store: a folder, or a bucket of S3 and the like."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, Literal, NamedTuple
from urllib.parse import unquote, urlsplit

import obstore
import structlog
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from chat import keys
from chat.files.errors import FilesUnavailable

Form = Literal["original", "model", "preview", "text"]
FORMS: tuple[Form, ...] = ("original", "model", "preview", "text")

USER_HASH = re.compile(r"[0-9a-f]{32}")

PART_BYTES = 5 << 20
"""Up to this size an object is sent in one request. S3 takes no smaller part of a larger one."""

PIECE_BYTES = 256 << 10
"""About how many bytes are read at a time."""

CONNECT_SECONDS = 3
REQUEST_SECONDS = 60
RETRY_SECONDS = 10
"""Time for a connection, for one request, and within which a failed request is sent again."""

logger = structlog.get_logger(__name__)

LISTED = 500
"""Objects that one step of a listing returns."""


OFF = "This server keeps no files. The operator has to set FILES_URL to a place that it can use."


class Place(NamedTuple):
    """Where the objects of a file are. `user`: the hash of its owner."""

    user: str
    file_id: str

    def path(self, form: Form) -> str:
        """Returns an object's name. Raises `ValueError` for parts that did not come from here."""
        if not (USER_HASH.fullmatch(self.user) and keys.is_file_id(self.file_id)):
            raise ValueError("not the place of a file")
        return f"{self.user}/{self.file_id}/{form}"


class Stored(NamedTuple):
    """An object in a listing; `modified` in seconds since the epoch."""

    path: str
    modified: float


class Objects:
    """The object store at `FILES_URL`. All I/O runs in the threads of obstore.

    What it cannot do raises `FilesUnavailable`: it is away, full, or refuses the credentials.
    """

    def __init__(self, url: str) -> None:
        self._store = _opened(url) if url else None

    @property
    def is_on(self) -> bool:
        return self._store is not None

    async def put(self, place: Place, form: Form, content: BinaryIO | bytes) -> None:
        """Stores an object, whole or not at all."""
        try:
            await obstore.put_async(self._required, place.path(form), content, chunk_size=PART_BYTES, max_concurrency=2)
        except (BaseError, OSError) as error:
            raise FilesUnavailable from error

    async def get(self, place: Place, form: Form) -> bytes | None:
        """Returns an object, which is known to be small; None where it is missing."""
        try:
            result = await obstore.get_async(self._required, place.path(form))
            return bytes(await result.bytes_async())
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise FilesUnavailable from error

    async def open(self, place: Place, form: Form) -> tuple[int, AsyncGenerator[bytes]] | None:
        """Returns an object's size and its content in pieces; None where it is missing."""
        try:
            result = await obstore.get_async(self._required, place.path(form))
        except FileNotFoundError:
            return None
        except (BaseError, OSError) as error:
            raise FilesUnavailable from error
        return result.meta["size"], _pieces(result)

    async def delete(self, place: Place) -> None:
        """Removes all objects of a file. Those that are missing count as removed."""
        try:
            await asyncio.gather(*(self._delete(place.path(form)) for form in FORMS))
        except (BaseError, OSError) as error:
            raise FilesUnavailable from error

    async def _delete(self, path: str) -> None:
        try:
            await obstore.delete_async(self._required, path)
        except FileNotFoundError:
            return

    async def listed(self) -> AsyncGenerator[Sequence[Stored]]:
        """Yields all objects, some at a time."""
        try:
            async for chunk in obstore.list(self._required, chunk_size=LISTED):
                yield [Stored(each["path"], each["last_modified"].timestamp()) for each in chunk]
        except (BaseError, OSError) as error:
            raise FilesUnavailable from error

    @property
    def _required(self) -> ObjectStore:
        if self._store is None:
            raise FilesUnavailable(OFF)
        return self._store


async def _pieces(result: "obstore.GetResult") -> AsyncGenerator[bytes]:
    try:
        async for piece in result.stream(min_chunk_size=PIECE_BYTES):
            yield bytes(piece)
    except (BaseError, OSError) as error:
        raise FilesUnavailable from error


def place_of(path: str) -> Place | None:
    """Returns the place that an object's name is of; None for a name that is not ours."""
    user, _, rest = path.partition("/")
    file_id, _, form = rest.partition("/")
    known = form in FORMS and USER_HASH.fullmatch(user) and keys.is_file_id(file_id)
    return Place(user, file_id) if known else None


def _opened(url: str) -> ObjectStore | None:
    """Returns the store; None where it cannot be opened: then there are no files, and everything else works."""
    try:
        return _open(url)
    except (BaseError, OSError, ValueError) as error:
        logger.error("files_unusable", error=type(error).__name__)
        return None


def _open(url: str) -> ObjectStore:
    """Opens the store. Creates a folder that is missing."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        folder = Path(unquote(parts.path))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(folder, automatic_cleanup=True)
    return from_url(
        url,
        client_options={
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": timedelta(seconds=REQUEST_SECONDS),
            "allow_http": True,
        },
        retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
    )
