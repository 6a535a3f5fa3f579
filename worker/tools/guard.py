"""Guards the HTTP connection to a tool server: only the operator's addresses, no redirects, bounded answers."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import httpx2

from worker.tools.value_count import VALUES, ValueCount

CANCELLED = b'"notifications/cancelled"'
LARGEST_NOTICE = 4096
"""Bytes of a notification of a cancellation: larger bodies are not searched for one."""

DELETE_SECONDS = 2.0
"""How long a server may take to end a session."""

STREAMS = "subscriptions/listen"
"""The request whose answer lasts as long as the connection; so does the answer to each GET."""

EVENT_END = re.compile(rb"\r\n\r\n|\n\n|\r\r")
"""A blank line, which ends an event of server-sent events."""

Origin = tuple[str, str, int | None]


class Refused(httpx2.TransportError):
    """Raised for a request or an answer that Holdfast does not allow. `reason` is safe to log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooLarge(httpx2.StreamError):
    """Raised where an answer exceeds its bound. A `StreamError` fails the one request, not the whole connection."""


@dataclass(eq=False)
class Exchange:
    """What happens on the connection of one call. `limit`: bytes of one answer; `on_too_large` is called beyond it.

    `is_notice_sent`: the server has the notification of the call's cancellation. `status`: of the last failed answer.
    `session_id`: of the conversation that calls. `has_unasked`: a question that may be of this call was not passed on
    to the user.
    """

    limit: int
    session_id: str = ""
    on_too_large: Callable[[], object] = lambda: None
    is_too_large: bool = False
    refusal: str = ""
    status: int = 0
    has_unasked: bool = False
    is_notice_sent: asyncio.Event = field(default_factory=asyncio.Event)


class Guard(httpx2.AsyncBaseTransport):
    """The transport of one call's client. `inner` has the connections, which the calls of a server share."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, origins: frozenset[Origin], exchange: Exchange) -> None:
        self._inner = inner
        self._origins = origins
        self._exchange = exchange

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Sends the request. Raises `Refused`."""
        if origin_of(request.url) not in self._origins:
            raise self._refusal("address_not_configured")
        request.headers["accept-encoding"] = "identity"
        if request.method == "DELETE":
            request.extensions = {**request.extensions, "timeout": httpx2.Timeout(DELETE_SECONDS).as_dict()}
        is_notice = len(request.content) <= LARGEST_NOTICE and CANCELLED in request.content
        try:
            response = await self._inner.handle_async_request(request)
        finally:
            if is_notice:
                self._exchange.is_notice_sent.set()
        return await self._checked(request, response)

    async def _checked(self, request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        if response.status_code >= 400:
            self._exchange.status = response.status_code
        refusal = ""
        if 300 <= response.status_code < 400:
            refusal = "redirected"
        elif response.headers.get("content-encoding", "identity") != "identity":
            refusal = "compressed"
        if refusal:
            await response.aclose()
            raise self._refusal(refusal)
        is_stream = response.headers.get("content-type", "").lower().startswith("text/event-stream")
        is_long = is_stream and (request.method == "GET" or request.headers.get("mcp-method") == STREAMS)
        response.stream = (Events if is_long else Bounded)(response.stream, self._exchange)
        return response

    def _refusal(self, reason: str) -> Refused:
        self._exchange.refusal = reason
        return Refused(reason)


class Bounded(httpx2.AsyncByteStream):
    """The body of an answer, up to its bounds: bytes, and values of JSON."""

    def __init__(self, stream: object, exchange: Exchange) -> None:
        assert isinstance(stream, httpx2.AsyncByteStream)
        self._stream = stream
        self._exchange = exchange
        self._size, self._values = 0, ValueCount()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yields the body. Raises `TooLarge`."""
        async for chunk in self._stream:
            self._size += len(chunk)
            self._values.add(chunk)
            if self._size > self._exchange.limit or self._values.total > VALUES:
                self._exchange.is_too_large = True
                self._exchange.on_too_large()
                raise TooLarge("too large")
            self._passed(chunk)
            yield chunk

    async def aclose(self) -> None:
        """Closes the connection, unless the body was read to its end."""
        await self._stream.aclose()

    def _passed(self, chunk: bytes) -> None:
        """Is called for each part within the bounds."""


class Events(Bounded):
    """A stream of events that lasts. Its bounds are those of the events that came together."""

    def _passed(self, chunk: bytes) -> None:
        if EVENT_END.search(chunk):
            self._size = 0
            self._values.begin_again()


def origin_of(url: httpx2.URL | str) -> Origin:
    """Returns scheme, host and port; None as the port stands for the scheme's own."""
    url = httpx2.URL(url)
    return url.scheme, url.host, url.port
