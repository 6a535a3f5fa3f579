"""Opens the files with conversations in a ZIP, within limits. Nothing is unpacked to disk."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO, BinaryIO

from chat.errors import HoldfastError
from chat.transfer.errors import (
    ImportBadArchive,
    ImportDuplicateNames,
    ImportTooManyFiles,
    ImportUnpacksTooLarge,
    ImportUnsafeNames,
)
from chat.transfer.json_values import Stream
from chat.transfer.limits import MAX_DIRECTORY_BYTES, MAX_FILES, MAX_RATIO, UNPACKED_FACTOR, Limits

MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
ATTACHED = re.compile(r"(?:.*/)?files/[0-9a-f]{32}/[^/]+")
"""A file of a message in an export of ours (`chat.transfer.packed_files`)."""

CONVERSATIONS = re.compile(r"conversations(-\d+)?\.json")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1
DRIVE = re.compile(r"[A-Za-z]:")


class _Bounded:
    """A file that refuses to be read in large pieces: `zipfile` reads a list of files of any size at once."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > MAX_DIRECTORY_BYTES:
            raise ImportTooManyFiles
        return self._file.read(MAX_DIRECTORY_BYTES if size < 0 else size)


def is_archive(file: BinaryIO) -> bool:
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    return start in MAGIC


@contextmanager
def readable() -> Iterator[None]:
    """Reports damage as `ImportBadArchive`. `zipfile` and its decompressors raise errors of many types for it."""
    try:
        yield
    except HoldfastError:
        raise
    except Exception as error:
        raise ImportBadArchive from error


def read(file: BinaryIO) -> zipfile.ZipFile:
    """Reads the list of files. Raises an `InvalidImport` where it is damaged, too long, or has unsafe names."""
    bounded: IO[bytes] = _Bounded(file)  # type: ignore[assignment]  # zipfile uses these methods only
    with readable():
        archive = zipfile.ZipFile(bounded)
    if len(archive.infolist()) > MAX_FILES:
        raise ImportTooManyFiles
    if not all(map(_is_safe, archive.infolist())):
        raise ImportUnsafeNames
    return archive


def opened(file: BinaryIO, limits: Limits) -> Iterator[tuple[str, Stream]]:
    """Yields the name and the content of each file that may have conversations, in the order of their names.

    Raises an `InvalidImport` where the archive is not within the limits.
    """
    archive = read(file)
    for entry in _chosen(archive.infolist(), limits):
        with readable():
            content = archive.open(entry)
        with content:
            yield entry.filename, Content(content)


def check(entries: Sequence[zipfile.ZipInfo], limits: Limits) -> None:
    """Raises an `InvalidImport` for entries that cannot be read here, or are too large together."""
    if sum(entry.file_size for entry in entries) > UNPACKED_FACTOR * limits.upload_bytes:
        raise ImportUnpacksTooLarge
    if any(entry.flag_bits & ENCRYPTED or entry.compress_type not in METHODS for entry in entries):
        raise ImportBadArchive
    if len({entry.filename for entry in entries}) < len(entries):
        raise ImportDuplicateNames


class Content:
    """The content of a file in an archive."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content = content

    def read(self, size: int, /) -> bytes:
        with readable():
            return self._content.read(size)


def _chosen(entries: list[zipfile.ZipInfo], limits: Limits) -> list[zipfile.ZipInfo]:
    files = [entry for entry in entries if entry.filename.endswith(".json") and not _is_attached(entry)]
    named = [entry for entry in files if CONVERSATIONS.fullmatch(PurePosixPath(entry.filename).name)]
    chosen = sorted(named or files, key=lambda entry: entry.filename)
    check(chosen, limits)
    if any(entry.file_size > MAX_RATIO * max(entry.compress_size, 1000) for entry in chosen):
        raise ImportUnpacksTooLarge
    return chosen


def _is_attached(entry: zipfile.ZipInfo) -> bool:
    """Returns whether the entry is a file of a message, which may have any name, or a folder."""
    return entry.is_dir() or ATTACHED.fullmatch(entry.filename) is not None


def _is_safe(entry: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    return not path.is_absolute() and ".." not in path.parts and not DRIVE.match(entry.filename)
