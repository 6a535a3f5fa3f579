"""Makes a ZIP piece by piece, which is never whole in memory or on disk."""

import threading
import time
import zipfile
from contextlib import suppress
from typing import IO, BinaryIO, cast

LEVEL, UNCHANGED = 6, 0
"""Levels of Deflate. What is compressed already passes unchanged: `Stored` would spare five bytes in 64 KB, but readers
of streams cannot find the end of an entry that is stored and of which the size follows."""


class _Sink:
    """Collects what `zipfile` writes. Without `tell` or `seek`, so sizes and checksums follow each entry's content."""

    def __init__(self) -> None:
        self._pieces = list[bytes]()

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Does nothing: `zipfile` calls it."""

    def take(self) -> bytes:
        pieces, self._pieces = self._pieces, []
        return b"".join(pieces)


class ZipStream:
    """A ZIP that is being made. Each method returns the bytes that come next.

    `begin`, any number of `add`, `end`: for each entry; then `finish`. `add` takes CPU time: call it in a thread.
    """

    def __init__(self) -> None:
        self._sink = _Sink()
        self._archive = zipfile.ZipFile(cast(BinaryIO, self._sink), "w")
        self._entry: IO[bytes] | None = None
        self._lock = threading.Lock()  # an `add` may still run in its thread when its task is cancelled
        self._time = time.gmtime()[:6]

    def begin(self, name: str, size: int | None, *, is_packed: bool) -> bytes:
        """Begins an entry. `size` in bytes, None = unknown. `is_packed`: its content is compressed already."""
        entry = zipfile.ZipInfo(name, self._time)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry._compresslevel = UNCHANGED if is_packed else LEVEL  # type: ignore[attr-defined]
        entry.file_size = size or 0
        self._entry = self._archive.open(entry, "w", force_zip64=size is None)
        return self._sink.take()

    def add(self, data: bytes) -> bytes:
        with self._lock:
            if self._entry:
                self._entry.write(data)
            return self._sink.take()

    def end(self) -> bytes:
        with self._lock:
            if self._entry:
                self._entry.close()
            self._entry = None
            return self._sink.take()

    def finish(self) -> bytes:
        """Returns the list of entries, which is a ZIP's end."""
        self._archive.close()
        return self._sink.take()

    def abandon(self) -> None:
        """Frees what an incomplete ZIP has. Does nothing after `finish`."""
        self.end()
        with suppress(ValueError):
            self.finish()
