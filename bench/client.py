"""A cheap HTTP client: while a stream runs, it only stores the bytes with the time at which each piece arrived."""

import asyncio
import json
from dataclasses import dataclass
from time import monotonic
from typing import Any

from bench.wire import HEAD_END, Pieces

LAST = b"\r\n0\r\n\r\n"


@dataclass(frozen=True)
class Response:
    """One response. `asked` is the time of the request; `broken`: the connection closed before the end."""

    asked: float
    pieces: Pieces
    broken: bool

    @property
    def status(self) -> int:
        """The HTTP status; 0 if no response arrived."""
        raw = b"".join(data for _, data in self.pieces[:1])
        return int(raw[9:12]) if raw.startswith(b"HTTP/1.1 ") else 0

    @property
    def body(self) -> bytes:
        """The body of a response that is not chunked."""
        return b"".join(data for _, data in self.pieces).partition(HEAD_END)[2]

    def json(self) -> Any:
        if not 200 <= self.status < 300:
            raise ConnectionError(f"{self.status}: {self.body[:300]!r}")
        return json.loads(self.body)


class Connection(asyncio.Protocol):
    """A keep-alive connection to 127.0.0.1 for one request at a time. Reconnects if the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._transport: asyncio.Transport | None = None
        self._done: asyncio.Future[bool] | None = None
        self._head_received = asyncio.Event()
        self._pieces: Pieces = []
        self._awaited: tuple[bytes, asyncio.Event] | None = None
        self._left: int | None = None  # bytes of the body that are missing; None = not known yet, -1 = chunked

    @classmethod
    async def open(cls, port: int) -> "Connection":
        connection = cls(port)
        await connection._connect()
        return connection

    async def _connect(self) -> asyncio.Transport:
        transport, _ = await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self._port)
        self._transport = transport
        return self._transport

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        self._finish(broken=True)

    async def head_received(self) -> None:
        """Waits for the head of the response to the current or the next request."""
        await self._head_received.wait()

    async def received(self, mark: bytes) -> None:
        """Waits until a piece of the response contains `mark`."""
        self._awaited = (mark, asyncio.Event())
        await self._awaited[1].wait()

    def close(self) -> None:
        if self._transport:
            self._transport.close()

    async def send(self, method: str, path: str, body: Any = None, headers: str = "") -> Response:
        """Sends a request and waits for the end of the response. Each of `headers` ends in CRLF."""
        content = b"" if body is None else json.dumps(body).encode()
        fields = f"content-type: application/json\r\ncontent-length: {len(content)}\r\n" if content else ""
        request = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n{fields}{headers}\r\n".encode() + content
        asked, kept = monotonic(), self._transport is not None
        broken = await self._exchange(request)
        if broken and kept and not self._pieces:  # the server had closed the idle connection
            broken = await self._exchange(request)
        self._head_received.clear()
        return Response(asked, self._pieces, broken)

    async def _exchange(self, request: bytes) -> bool:
        """Sends a request. Returns whether the connection broke before the response was complete."""
        transport = self._transport or await self._connect()
        self._pieces, self._left = [], None
        self._done = asyncio.get_running_loop().create_future()
        transport.write(request)
        try:
            return await self._done
        except asyncio.CancelledError:
            self.close()
            raise

    def data_received(self, data: bytes) -> None:
        self._pieces.append((monotonic(), data))
        if self._awaited and self._awaited[0] in data:
            self._awaited[1].set()
        if self._left is None:
            self._read_head()
        elif self._left > 0:
            self._left -= len(data)
        if self._left == 0 or (self._left == -1 and self._ends(data)):
            self._finish(broken=False)

    def _read_head(self) -> None:
        head, found, rest = b"".join(data for _, data in self._pieces).partition(HEAD_END)
        if not found:
            return
        self._head_received.set()
        fields = head.lower()
        if b"transfer-encoding: chunked" in fields:
            self._left = -1
        else:
            length = int(fields.partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
            self._left = length - len(rest)

    def _ends(self, data: bytes) -> bool:
        """Whether the last chunk has arrived. Joins pieces only if `data` may end a chunk."""
        if len(data) > len(LAST) and not data.endswith(HEAD_END):
            return False
        return b"".join(piece for _, piece in self._pieces[-len(LAST) :]).endswith(LAST)

    def _finish(self, broken: bool) -> None:
        self._head_received.set()
        if self._done and not self._done.done():
            self._done.set_result(broken)
