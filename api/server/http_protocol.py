"""uvicorn's HTTP/1.1 protocol with limits on request heads, on the time for them, and on connections."""

import asyncio
import contextvars
from typing import Any, Literal

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from api.middleware import headers, request_ids
from api.middleware.headers import SecurityHeaders
from api.problems import count, respond
from api.server.connections import Connections
from chat.errors import HeadTooLarge, HeadTooSlow, HoldfastError, InvalidHttp, TooManyConnections

HEAD_BYTES = 32_768
"""Longest head in bytes: request line and headers, and the trailers of a chunked body."""

FRAME_BYTES = len(b"GET  HTTP/1.1\r\n\r\n")
"""Bytes of a head in addition to its address and headers."""

MOST_HEADERS = 256
MOST_PIPELINED = 16
"""Requests of a connection that may wait for the responses to earlier ones."""

SLICE_BYTES = 16_384
"""Bytes that the parser gets at once; a head may exceed its limit by so many before it is detected."""

LINGER_SECONDS = 1.0
"""How long a rejected client may read the response before the connection is aborted."""

ALWAYS_ANSWERED = (b"/health/", b"/metrics")
"""Path prefixes that surplus connections may use as well: a full process must not be taken for a dead one."""


class BoundedProtocol(HttpToolsProtocol):
    """One client connection.

    `_parsing`: what the parser is in the middle of: nothing, a head, or a body with its chunks and trailers.
    """

    def __init__(self, *args: Any, bounds: Connections, **options: Any) -> None:
        super().__init__(*args, **options)
        self._bounds = bounds
        self._parsing: Literal["nothing", "head", "body"] = "nothing"
        self._progress = 0  # counts starts and ends of heads, and pieces of bodies
        self._bytes_since_progress = 0  # received since `_progress` last grew
        self._head_bytes = self._header_count = 0
        self._refusal: HoldfastError | None = None
        self._is_refused = False

    # Connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        if not self._bounds.enter(self):
            self.app = _surplus_app(self.app)

    def connection_lost(self, exc: Exception | None) -> None:
        self._bounds.leave(self)
        super().connection_lost(exc)

    def expire(self) -> None:
        """Answers 408 to an incomplete head. Closes a connection without one; aborts one that was already rejected."""
        if self._is_refused:
            self.transport.abort()
        elif self._parsing == "head":
            self._refuse(HeadTooSlow())
        else:
            self.transport.close()

    def evict(self) -> None:
        self.transport.abort()

    # Requests

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), SLICE_BYTES):
            if self._is_refused or self.transport.is_closing():
                return
            self._read(data if len(data) <= SLICE_BYTES else data[start : start + SLICE_BYTES])

    def _read(self, data: bytes) -> None:
        read, progress = self._parsing, self._progress
        super().data_received(data)
        made = self._progress - progress
        begins = read == "nothing" and made == 1
        self._bytes_since_progress = (
            len(data) + (0 if begins else self._bytes_since_progress) if begins or not made else 0
        )
        if self._parsing != "nothing" and self._bytes_since_progress > HEAD_BYTES:
            self._refuse(HeadTooLarge())
        elif begins and self._parsing == "head" and self.cycle is not None and self.cycle.response_complete:
            self._bounds.wait(self)  # its timeout starts with its first byte, not with the previous response

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MOST_PIPELINED:
            raise OverflowError
        super().on_message_begin()
        self._parsing, self._head_bytes, self._header_count = "head", FRAME_BYTES, 0
        self._progress += 1

    def on_url(self, url: bytes) -> None:
        self._count_head(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Counts headers and trailers. Drops trailers, because the application already has the headers."""
        self._header_count += 1
        self._count_head(len(name) + len(value) + len(": \r\n"))
        if self._parsing == "head":
            super().on_header(name, value)

    def _count_head(self, length: int) -> None:
        self._head_bytes += length
        if self._head_bytes > HEAD_BYTES or self._header_count > MOST_HEADERS:
            self._refusal = HeadTooLarge()
            raise OverflowError

    def on_headers_complete(self) -> None:
        self._bounds.stop_waiting(self)
        super().on_headers_complete()
        self._parsing = "body"
        self._progress += 1

    def on_body(self, body: bytes) -> None:
        self._progress += 1
        super().on_body(body)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._parsing = "nothing"

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.cycle.response_complete and not self.transport.is_closing():
            self._bounds.wait(self)

    # Rejections

    def send_400_response(self, msg: str) -> None:
        """Rejects the request; uvicorn calls it when the parser or one of the methods above raises."""
        refusal, self._refusal = self._refusal, None
        self._refuse(refusal or InvalidHttp())

    def _refuse(self, error: HoldfastError) -> None:
        """Sends the error unless a response is being sent, and stops reading."""
        self._is_refused = True
        self._unset_keepalive_if_required()
        if not self._may_answer():
            return
        count(error, {"state": self.app_state})
        self.transport.write(self._answer(error))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.pause_reading()
        self._bounds.wait(self)  # so that its slot can be taken by a new connection
        self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def _may_answer(self) -> bool:
        """Tells whether an error can be sent now, and disconnects the request whose body is being read.

        While an earlier request is being answered it returns False; the connection closes after that response.
        """
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            return True
        if self._parsing == "body" and not self.pipeline:
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self.transport.close()
            return not cycle.response_started
        cycle.keep_alive = False
        return False

    def _answer(self, error: HoldfastError) -> bytes:
        """Returns the response bytes. Its request id is bound in a new context: this one may be another request's."""
        name, response = contextvars.Context().run(_respond_with_id, error)
        response_headers = MutableHeaders(raw=[*self.server_state.default_headers, *response.raw_headers])
        response_headers["X-Request-ID"], response_headers["Connection"] = name, "close"
        headers.add_security_headers(response_headers, is_tls=False)
        lines = [
            STATUS_LINE[error.status],
            *(b"%b: %b\r\n" % each for each in response_headers.raw),
            b"\r\n",
            bytes(response.body),
        ]
        return b"".join(lines)


def _respond_with_id(error: HoldfastError) -> tuple[str, Any]:
    name = request_ids.assign_id({"type": "http", "headers": []})
    return name.decode(), respond(error)


def _surplus_app(app: ASGIApp) -> ASGIApp:
    """Returns the application for surplus connections: 503, except for health checks and metrics."""

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        error = TooManyConnections()
        count(error, scope)
        response = respond(error)
        response.headers["Connection"] = "close"
        await response(scope, receive, send)

    refusing = SecurityHeaders(refuse)

    async def choose(scope: Scope, receive: Receive, send: Send) -> None:
        is_always_answered = scope["raw_path"].startswith(ALWAYS_ANSWERED)
        await (app if is_always_answered else refusing)(scope, receive, send)

    return choose
