"""Connects to a tool server at an address, with a session of its own for each call."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import DiscoverResult

from chat.tools.servers import ToolServer
from worker import tls
from worker.tools.guard import Exchange, Guard, origin_of
from worker.tools.links import OnChange, OnInput, cancel, handlers
from worker.tools.tokens import Tokens

CONNECT_SECONDS = 5.0
WRITE_SECONDS = 30.0
NOTICE_SECONDS = 0.2
"""How long a server may take to accept the notification of a cancellation."""


class HttpLink:
    """The way to a server at an address.

    Calls share TCP connections but no session, so that none sees another's state, and none fails with another.
    """

    is_held = False

    def __init__(self, server: ToolServer, limit: int) -> None:
        """`limit`: bytes of one answer, and of one event."""
        self._server = server
        self._limit = limit
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
        verified = tls.trusting() if server.oauth else tls.context_for(server.url)  # tokens are at other addresses
        self._inner = httpx2.AsyncHTTPTransport(verify=verified, trust_env=False, limits=limits)
        own = origin_of(server.url)
        self._origins = frozenset({own})
        self._auth = Tokens(server.url, server.oauth, self._inner, own) if server.oauth else None
        self._mode = "auto"
        self._on_change: OnChange = lambda: None
        self._discovered: DiscoverResult | None = None

    @asynccontextmanager
    async def held(self, on_change: OnChange) -> AsyncIterator[Client]:
        """Connects, and remembers the server's protocol for later calls, over which it may announce changes, too."""
        self._on_change = on_change
        async with self._client(Exchange(self._limit), cancel, on_change, "auto") as client:
            self._discovered = client.session.discover_result
            self._mode = client.protocol_version if self._discovered else "legacy"
            yield client

    @asynccontextmanager
    async def for_call(self, exchange: Exchange, on_input: OnInput) -> AsyncIterator[Client]:
        """Connects. Where the call is cancelled, the server is informed before the connection is closed."""
        async with self._client(exchange, on_input, self._on_change, self._mode) as client:
            try:
                yield client
            except asyncio.CancelledError:
                if not client.session.discover_result:  # else the end of the connection is the notification
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(NOTICE_SECONDS):
                            await exchange.is_notice_sent.wait()
                raise

    async def ended(self) -> None:
        """Never returns: the next request shows that a server is gone."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Closes the connections that calls share."""
        await self._inner.aclose()

    @asynccontextmanager
    async def _client(
        self, exchange: Exchange, on_input: OnInput, on_change: OnChange, mode: str
    ) -> AsyncIterator[Client]:
        headers = {name: value.get_secret_value() for name, value in self._server.headers.items()}
        async with httpx2.AsyncClient(
            transport=Guard(self._inner, self._origins, exchange),
            trust_env=False,
            headers={"user-agent": "holdfast", **headers},
            auth=self._auth,
            timeout=httpx2.Timeout(None, connect=CONNECT_SECONDS, write=WRITE_SECONDS),
        ) as http:
            transport = streamable_http_client(self._server.url, http_client=http, max_sse_event_size=self._limit)
            handling = handlers(on_input, on_change)
            async with Client(transport, mode=mode, prior_discover=self._discovered, **handling) as client:
                yield client
