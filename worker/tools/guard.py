"""Guards the HTTP connection to a tool server: only the operator's addresses, no redirects, bounded answers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import httpx2

CANCELLED = b'"notifications/cancelled"'
LARGEST_NOTICE = 4096
"""Bytes of a notification of a cancellation: larger bodies are not searched for one."""

DELETE_SECONDS = 2.0
"""How long a server may take to end a session."""

STREAMS = "subscriptions/listen"
"""The request whose answer lasts as long as the connection; so does the answer to each GET."""

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
    """

    limit: int
    on_too_large: Callable[[], object] = lambda: None
    is_too_large: bool = False
    refusal: str = ""
    status: int = 0
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
        if request.method == "GET" or request.headers.get("mcp-method") == STREAMS:
            return response  # the bound of one event holds
        response.stream = Bounded(response.stream, self._exchange)
        return response

    def _refusal(self, reason: str) -> Refused:
        self._exchange.refusal = reason
        return Refused(reason)


class Bounded(httpx2.AsyncByteStream):
    """The body of an answer, up to its bound."""

    def __init__(self, stream: object, exchange: Exchange) -> None:
        assert isinstance(stream, httpx2.AsyncByteStream)
        self._stream = stream
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yields the body. Raises `TooLarge`."""
        size = 0
        async for chunk in self._stream:
            size += len(chunk)
            if size > self._exchange.limit:
                self._exchange.is_too_large = True
                self._exchange.on_too_large()
                raise TooLarge("too large")
            yield chunk

    async def aclose(self) -> None:
        """Closes the connection, unless the body was read to its end."""
        await self._stream.aclose()


def origin_of(url: httpx2.URL | str) -> Origin:
    """Returns scheme, host and port; None as the port stands for the scheme's own."""
    url = httpx2.URL(url)
    return url.scheme, url.host, url.port
