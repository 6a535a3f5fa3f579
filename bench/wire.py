"""Pure: parses the bytes of a connection into events with their times, after the run."""

from collections.abc import Iterable, Iterator

Pieces = list[tuple[float, bytes]]
"""Received bytes, each with its time by the machine's monotonic clock."""

HEAD_END = b"\r\n\r\n"


class Dechunker:
    """Extracts the body of a chunked HTTP/1.1 response. The input starts with the head."""

    def __init__(self) -> None:
        self._buffer = b""
        self._left = -1  # missing bytes of the current chunk; -1 = the head is incomplete

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
    """Yields the data of each server-sent event with the time of its last byte."""
    body, rest = Dechunker(), b""
    for came, data in pieces:
        *blocks, rest = (rest + body.feed(data)).replace(b"\r\n", b"\n").split(b"\n\n")
        for block in blocks:
            data_lines = [line[5:].strip() for line in block.split(b"\n") if line.startswith(b"data:")]
            if data_lines:
                yield came, b"\n".join(data_lines)
