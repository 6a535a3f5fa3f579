"""Gets access tokens for tool servers: OAuth client credentials (RFC 6749, 4.4)."""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import quote

import httpx2
from mcp.client.auth import TokenStorage
from mcp.client.auth.extensions.client_credentials import ClientCredentialsOAuthProvider
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

from chat.tools.servers import OAuth
from worker.tools.guard import Exchange, Guard, Origin, origin_of

SECONDS = 10.0
EARLY_SECONDS = 30.0
"""How long before its end a token is not used any more."""

LIMIT = 1_048_576
"""Bytes of an answer of an authorization server."""

ASKING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
"""A request without effect, whose refusal leads to the authorization server."""


class Memory(TokenStorage):
    """Keeps the token that the package's provider gets."""

    def __init__(self) -> None:
        self.token: OAuthToken | None = None

    async def get_tokens(self) -> OAuthToken | None:
        """Returns nothing: a new token is wanted."""
        return None

    async def set_tokens(self, tokens: OAuthToken) -> None:
        """Keeps the token."""
        self.token = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        """Returns nothing: the operator has given the credentials."""
        return None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        """Is not called: the operator has given the credentials."""


class Tokens(httpx2.Auth):
    """Adds the server's token to requests, and gets another one where the server refuses it.

    The package's own provider lets only one request run at a time, so it is used for the token alone.
    """

    def __init__(self, url: str, oauth: OAuth, inner: httpx2.AsyncBaseTransport, own: Origin) -> None:
        self._url = url
        self._oauth = oauth
        self._inner = inner
        known = (oauth.token_url, oauth.issuer)
        self._origins = frozenset({own, *(origin_of(address) for address in known if address)})
        self._lock = asyncio.Lock()
        self._token, self._until = "", 0.0

    async def async_auth_flow(self, request: httpx2.Request) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        """Sends the request with a token; once more if the server refuses the token."""
        token = await self._usable("")
        request.headers["authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            request.headers["authorization"] = f"Bearer {await self._usable(token)}"
            yield request

    async def _usable(self, refused: str) -> str:
        """Returns a token. Raises `httpx2.TransportError` where there is none."""
        async with self._lock:
            if not self._token or self._token == refused or time.monotonic() > self._until:
                got = await self._got()
                self._token = got.access_token
                self._until = time.monotonic() + (got.expires_in or 3600) - EARLY_SECONDS
            return self._token

    async def _got(self) -> OAuthToken:
        guard = Guard(self._inner, self._origins, Exchange(LIMIT))
        ask = self._from_token_url if self._oauth.token_url else self._from_issuer
        try:
            return await ask(guard)
        except httpx2.HTTPError:
            raise
        except Exception as error:  # the package has many kinds, and quotes answers in them
            raise httpx2.TransportError(f"no token: {type(error).__name__}") from None

    async def _from_token_url(self, guard: Guard) -> OAuthToken:
        values = {"grant_type": "client_credentials", "resource": self._url}
        if self._oauth.scope:
            values["scope"] = self._oauth.scope
        login = (quote(part, safe="") for part in (self._oauth.client_id, self._oauth.client_secret.get_secret_value()))
        async with _client(guard, auth=httpx2.BasicAuth(*login)) as client:
            answer = await client.post(self._oauth.token_url, data=values)
            answer.raise_for_status()
            return OAuthToken.model_validate_json(answer.content)

    async def _from_issuer(self, guard: Guard) -> OAuthToken:
        memory = Memory()
        provider = ClientCredentialsOAuthProvider(
            server_url=self._url,
            storage=memory,
            client_id=self._oauth.client_id,
            client_secret=self._oauth.client_secret.get_secret_value(),
            scope=self._oauth.scope or None,
            issuer=self._oauth.issuer or str(httpx2.URL(self._url).join("/")).rstrip("/"),
        )
        async with _client(guard, auth=provider) as client:
            await client.post(self._url, json=ASKING)
        assert memory.token
        return memory.token


def _client(guard: Guard, **options: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=guard, trust_env=False, follow_redirects=False, timeout=SECONDS, **options)
