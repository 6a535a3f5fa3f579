"""Users of the server under test: guests, or those whose tokens were given."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import cache
from ssl import SSLContext

import httpx2

from tests.conformance.user import Seen, User
from tests.conformance.verdicts import NotTested

REQUEST_SECONDS = 60.0
"""How long one request may go without a byte. A stream has a comment every 15 seconds."""


Transport = Callable[[], httpx2.AsyncBaseTransport]


def plain() -> httpx2.AsyncBaseTransport:
    """As many connections as there are streams; environment variables for proxies do not count."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=20)
    return httpx2.AsyncHTTPTransport(limits=limits, verify=certificates())


@cache
def certificates() -> SSLContext:
    """Returns the certificates that are trusted. Each reading of them takes 20 ms, and each user needs them."""
    return httpx2.create_ssl_context()


class NoUser(Exception):
    """The server gives the suite no identity."""


class Visitors:
    """Makes users. Their connections are closed with `clients`, and made by `transport`."""

    def __init__(
        self,
        url: str,
        tokens: Sequence[str],
        headers: Mapping[str, str],
        clients: AsyncExitStack,
        transport: Transport,
    ) -> None:
        self.url = url.rstrip("/")
        self.seen = Seen()
        self._tokens = tokens
        self._headers = headers
        self._clients = clients
        self._transport = transport

    def with_token(self, token: str) -> User:
        """Requests with this token, also one that is not valid; with an empty one they have no identity."""
        headers = {**self._headers, **({"Authorization": f"Bearer {token}"} if token else {})}
        http = httpx2.AsyncClient(
            base_url=self.url, headers=headers, timeout=REQUEST_SECONDS, transport=self._transport()
        )
        self._clients.push_async_callback(http.aclose)
        return User(http, self.seen)

    async def first(self) -> User:
        """The user whose token was given first, or a new guest. Raises `NoUser`."""
        return self.with_token(self._tokens[0]) if self._tokens else await self._guest()

    async def another(self) -> User:
        """A user who is not the first: a new guest each time, or the one whose token was given second."""
        if not self._tokens:
            return await self._guest()
        if len(self._tokens) < 2:
            raise NotTested("it needs a second user: give --token twice")
        return self.with_token(self._tokens[1])

    async def _guest(self) -> User:
        answer = await self.with_token("").request("POST", "/auth/guest")
        if answer.status_code != 200:
            raise NoUser(f"POST /auth/guest answers {answer.status_code}: give the token of a user with --token")
        return self.with_token(str(answer.json()["token"]))
