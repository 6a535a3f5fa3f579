"""Pure: what came over a connection, and when, becomes events with their times. Read after the run, not during it."""

from collections.abc import Iterable, Iterator

Pieces = list[tuple[float, bytes]]
"""Bytes as they came, each with the time by the machine's monotonic clock."""

HEAD_END = b"\r\n\r\n"


class Dechunker:
    """The body out of a chunked HTTP/1.1 response, its head included in what is fed."""

    def __init__(self) -> None:
        self._buffer = b""
        self._left = -1  # bytes of the current chunk that are to come; -1 = the head is not over

    def feed(self, data: bytes) -> bytes:
        self._buffer += data
        if self._left < 0:
            _, found, rest = self._buffer.partition(HEAD_END)
            if not found:
                return b""
            self._buffer, self._left = rest, 0
        return b"".join(self._chunks())

    def _chunks(self) -> Iterator[bytes]:
        while self._buffer:
            if not self._left:
                size, found, rest = self._buffer.removeprefix(b"\r\n").partition(b"\r\n")
                if not found or not int(size, 16):
                    return
                self._buffer, self._left = rest, int(size, 16)
            part, self._buffer = self._buffer[: self._left], self._buffer[self._left :]
            self._left -= len(part)
            yield part


def payloads(pieces: Iterable[tuple[float, bytes]]) -> Iterator[tuple[float, bytes]]:
    """The data of each server-sent event, with the time at which its last byte came."""
    body, rest = Dechunker(), b""
    for came, data in pieces:
        *blocks, rest = (rest + body.feed(data)).replace(b"\r\n", b"\n").split(b"\n\n")
        for block in blocks:
            data_lines = [line[5:].strip() for line in block.split(b"\n") if line.startswith(b"data:")]
            if data_lines:
                yield came, b"\n".join(data_lines)
