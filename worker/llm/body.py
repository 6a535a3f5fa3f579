"""Passes on the body of an open response as soon as its bytes arrive."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx2
from aiohttp import StreamReader

from worker.llm.bounds import TooLarge

PIECE_BYTES = 16_384
"""Largest piece passed on: a flood of short lines takes many times its size once it is split into lines."""

Callback = Callable[[bytes], bool]
"""Takes the next bytes. Returns False when it wants no more for now."""


class Body:
    """Reads at most `max_bytes`, and fails after `timeout` seconds of silence, which `wait_at_most` changes.

    The clients above aiohttp wake a task and run five layers of iterators for each read, which costs more than all
    other work on a token. aiohttp's reader calls `set_result` of the future that waits for data, synchronously. So this
    object registers itself in place of that future.
    """

    _callback: Callback
    _finished: asyncio.Future[None] | None = None
    _error: BaseException | None = None
    """The error that ends the reading. Not set on the future, because its traceback refers to it: a reference cycle."""

    _timer: asyncio.TimerHandle | None = None

    def __init__(self, response: httpx2.Response, max_bytes: int, timeout: float) -> None:
        self._stream = _reader_of(response)
        if not self._stream.is_eof():  # otherwise another request may use the connection by now
            _drop_timer(self._stream)
        self._bytes_left = max_bytes
        self._timeout = timeout
        self._loop = asyncio.get_running_loop()

    @property
    def is_over(self) -> bool:
        return self._stream.at_eof()

    def wait_at_most(self, seconds: float) -> None:
        """Sets the timeout of silence. A changed timeout starts now."""
        if seconds == self._timeout:
            return
        self._timeout, self._received_at = seconds, self._loop.time()
        if self._timer:
            self._timer.cancel()
            self._timer = self._loop.call_later(seconds, self._check_silence)

    async def read_into(self, callback: Callback) -> None:
        """Passes on what has arrived and what arrives, until `callback` wants no more or the body ends.

        Raises `TooLarge`, `httpx2.ReadTimeout` for silence, `aiohttp.ClientError` for a body that breaks off, and the
        errors of `callback`.
        """
        self._callback, self._received_at = callback, self._loop.time()
        finished = self._finished = self._loop.create_future()
        self._timer = self._loop.call_later(self._timeout, self._check_silence)
        self._drain()
        try:
            await finished
        finally:
            self._stream._waiter = None
            self._timer.cancel()
            self._timer = None
            finished.cancel()
            self._finished, self._callback = None, _refuse
            error, self._error = self._error, None
        if error:
            self._stream._exception = None  # breaks a reference cycle of its traceback and this frame
            try:
                raise error
            finally:
                del error

    def _drain(self) -> None:
        finished = self._finished
        if finished is None or finished.done():
            return
        try:
            while self._stream._buffer:
                if not self._pass_on(_next_piece(self._stream)):
                    return finished.set_result(None)
        except Exception as error:
            return self.set_exception(error)
        if broken := self._stream.exception():
            self.set_exception(broken)
        elif self._stream.is_eof():
            finished.set_result(None)
        else:
            self._stream._waiter = self  # type: ignore[assignment]  # it uses only the methods below

    def _pass_on(self, data: bytes) -> bool:
        self._received_at = self._loop.time()
        self._bytes_left -= len(data)
        if self._bytes_left < 0:
            raise TooLarge
        return self._callback(data)

    def _check_silence(self) -> None:
        silent = self._loop.time() - self._received_at
        if silent < self._timeout:
            self._timer = self._loop.call_later(self._timeout - silent, self._check_silence)
        else:
            self.set_exception(httpx2.ReadTimeout("the model server sent nothing for too long"))

    # What aiohttp's reader calls on a future.

    def done(self) -> bool:
        return self._finished is None or self._finished.done()

    def set_result(self, _: None) -> None:
        """Reads in the event loop's next step: aiohttp calls this while it parses, and reading would re-enter that."""
        self._loop.call_soon(self._drain)

    def set_exception(self, error: BaseException) -> None:
        if self._finished and not self._finished.done():
            self._error = error
            self._finished.set_result(None)


def _refuse(_: bytes) -> bool:
    """Replaces the callback while nothing is read."""
    return False


def _next_piece(reader: StreamReader) -> bytes:
    """Returns the next bytes. Mostly the buffer is one piece, which is taken as it is.

    aiohttp's own method then resumes the reading, although nothing has paused it, which takes longer than all the rest.
    """
    buffer, protocol = reader._buffer, reader._protocol
    if len(buffer) > 1 or reader._buffer_offset or len(buffer[0]) > PIECE_BYTES or protocol._reading_paused:
        return reader._read_nowait(PIECE_BYTES)  # the public method loses what came before a broken end
    piece = buffer.popleft()
    reader._size -= len(piece)
    reader._cursor += len(piece)
    if reader._http_chunk_splits:
        reader._http_chunk_splits.clear()
    return piece


def _drop_timer(reader: StreamReader) -> None:
    """Turns off aiohttp's timer, which restarts for each read. `Body` uses one timer for all reads."""
    protocol: Any = reader._protocol
    protocol.read_timeout = None


def _reader_of(response: httpx2.Response) -> StreamReader:
    """Returns aiohttp's reader, which two clients have wrapped."""
    wrapped: Any = response.stream
    reader = wrapped._stream._aiohttp_response.content
    assert isinstance(reader, StreamReader)
    return reader
