"""The body of an open response, handed on in the very moment in which it comes."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
from aiohttp import StreamReader

from worker.llm.bounds import TooLarge

AT_ONCE = 16_384
"""Bytes handed on in one piece: a flood of short lines takes many times its size once it is cut into them."""

Take = Callable[[bytes], bool]
"""Takes the next bytes; False where it wants no more for now."""


class Body:
    """At most `longest` bytes, and never `patience` seconds of silence while it is read. `wait_at_most` changes these.

    The clients above aiohttp wake a task and pass five layers of iterators for each read, which costs more than all
    that is done with a token. aiohttp's reader tells whoever waits by `set_result`, at once; so this waits there in
    place of a future.
    """

    _take: Take
    _finished: asyncio.Future[None] | None = None
    _error: BaseException | None = None
    """What ends the reading. In the future it would keep alive all that its traceback refers to, and so itself."""

    _timer: asyncio.TimerHandle | None = None

    def __init__(self, response: httpx2.Response, longest: int, patience: float) -> None:
        self._stream = _reader_of(response)
        if not self._stream.is_eof():  # else the connection may be another request's by now
            _drop_timer(self._stream)
        self._left = longest
        self._patience = patience
        self._loop = asyncio.get_running_loop()

    @property
    def is_over(self) -> bool:
        return self._stream.at_eof()

    def wait_at_most(self, seconds: float) -> None:
        """From now on silence ends after so many seconds."""
        if seconds == self._patience:
            return
        self._patience, self._heard = seconds, self._loop.time()
        if self._timer:
            self._timer.cancel()
            self._timer = self._loop.call_later(seconds, self._watch)

    async def read_into(self, take: Take) -> None:
        """Hand on what has come and what comes, until `take` wants no more or the body ends.

        Raises `TooLarge`, `httpx2.ReadTimeout` for silence, `aiohttp.ClientError` for a body that breaks off, and
        whatever `take` raises.
        """
        self._take, self._heard = take, self._loop.time()
        poured = self._finished = self._loop.create_future()
        self._timer = self._loop.call_later(self._patience, self._watch)
        self._pour()
        try:
            await poured
        finally:
            self._stream._waiter = None
            self._timer.cancel()
            self._timer = None
            poured.cancel()
            self._finished, self._take = None, _refuse
            error, self._error = self._error, None
        if error:
            self._stream._exception = None  # its traceback refers to this frame, and the frame to both
            try:
                raise error
            finally:
                del error

    def _pour(self) -> None:
        poured = self._finished
        if poured is None or poured.done():
            return
        try:
            while self._stream._buffer:
                if not self._hand_on(_next_piece(self._stream)):
                    return poured.set_result(None)
        except Exception as error:
            return self.set_exception(error)
        if broken := self._stream.exception():
            self.set_exception(broken)
        elif self._stream.is_eof():
            poured.set_result(None)
        else:
            self._stream._waiter = self  # type: ignore[assignment]  # it asks for what is below only

    def _hand_on(self, data: bytes) -> bool:
        self._heard = self._loop.time()
        self._left -= len(data)
        if self._left < 0:
            raise TooLarge
        return self._take(data)

    def _watch(self) -> None:
        silent = self._loop.time() - self._heard
        if silent < self._patience:
            self._timer = self._loop.call_later(self._patience - silent, self._watch)
        else:
            self.set_exception(httpx2.ReadTimeout("the model server fell silent"))

    # What aiohttp's reader asks of a future.

    def done(self) -> bool:
        return self._finished is None or self._finished.done()

    def set_result(self, _: None) -> None:
        """Called amidst aiohttp's parsing, which reading would enter a second time: so it waits until that is done."""
        self._loop.call_soon(self._pour)

    def set_exception(self, error: BaseException) -> None:
        if self._finished and not self._finished.done():
            self._error = error
            self._finished.set_result(None)


def _refuse(_: bytes) -> bool:
    """In place of a callback while nothing is read."""
    return False


def _next_piece(reader: StreamReader) -> bytes:
    """What came last is mostly all there is: then it is taken as it lies there.

    aiohttp's own way ends with going on to read, though nothing had stopped, which takes longer than all the rest.
    """
    buffer, protocol = reader._buffer, reader._protocol
    if len(buffer) > 1 or reader._buffer_offset or len(buffer[0]) > AT_ONCE or protocol._reading_paused:
        return reader._read_nowait(AT_ONCE)  # its public counterpart loses what came before a cut
    piece = buffer.popleft()
    reader._size -= len(piece)
    reader._cursor += len(piece)
    if reader._http_chunk_splits:
        reader._http_chunk_splits.clear()
    return piece


def _drop_timer(reader: StreamReader) -> None:
    """aiohttp has a new timer for each read; this one has its own for all."""
    protocol: Any = reader._protocol
    protocol.read_timeout = None


def _reader_of(response: httpx2.Response) -> StreamReader:
    """aiohttp's, which two clients have wrapped."""
    wrapped: Any = response.stream
    reader = wrapped._stream._aiohttp_response.content
    assert isinstance(reader, StreamReader)
    return reader
