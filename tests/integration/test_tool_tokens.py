"""Tokens for tool servers are got by client credentials, only where the operator says, and again when refused."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from tests.support.raw_tool_server import RawServer, raw_server
from tests.support.tool_servers import opened, settings_of
from tests.support.waiting import eventually


class Issuer:
    """An authorization server with metadata, and a tool server that wants its tokens."""

    def __init__(self, tools: RawServer) -> None:
        self.tools = tools
        self.url = ""
        self.asked: list[tuple[str, dict[str, list[str]]]] = []
        self.valid = "token-1"
        tools.before = self.check

    async def check(self, request: web.Request) -> web.StreamResponse | None:
        """Refuse requests without the valid token."""
        origin = self.tools.url.removesuffix("/mcp")
        if request.path.startswith("/.well-known/oauth-protected-resource"):
            return web.json_response({"resource": self.tools.url, "authorization_servers": [self.url]})
        if request.headers.get("Authorization") == f"Bearer {self.valid}":
            return None
        where = f'Bearer resource_metadata="{origin}/.well-known/oauth-protected-resource/mcp"'
        return web.Response(status=401, headers={"WWW-Authenticate": where})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Describe the server, or issue the valid token."""
        if request.method == "GET":
            return web.json_response(
                {
                    "issuer": self.url,
                    "authorization_endpoint": f"{self.url}/authorize",
                    "token_endpoint": f"{self.url}/token",
                    "response_types_supported": ["code"],
                    "grant_types_supported": ["client_credentials"],
                }
            )
        self.asked.append((request.headers.get("Authorization", ""), parse_qs((await request.read()).decode())))
        return web.json_response({"access_token": self.valid, "token_type": "Bearer", "expires_in": 3600})


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with raw_server() as tools, raw_server() as own:
        made = Issuer(tools)
        made.url = own.url.removesuffix("/mcp")
        own.before = made.handle
        yield made


def table(issuer: Issuer, *more: str) -> str:
    oauth = ", ".join(('client_id = "me:1"', 'client_secret = "p&ss"', *more))
    return f'[servers.s]\nurl = "{issuer.tools.url}"\noauth = {{ {oauth} }}'


async def test_a_token_is_got_at_the_token_url_once(issuer: Issuer, tmp_path: Path) -> None:
    text = table(issuer, f'token_url = "{issuer.url}/token"', 'scope = "a b"')
    async with opened(settings_of(tmp_path, text), "s") as tools:
        assert (await tools.call("t")).content == "done"
    ((login, form),) = issuer.asked
    assert base64.b64decode(login.removeprefix("Basic ")) == b"me%3A1:p%26ss"
    assert form == {"grant_type": ["client_credentials"], "scope": ["a b"], "resource": [issuer.tools.url]}


async def test_a_refused_token_is_replaced(issuer: Issuer, tmp_path: Path) -> None:
    async with opened(settings_of(tmp_path, table(issuer, f'token_url = "{issuer.url}/token"')), "s") as tools:
        issuer.valid = "token-2"
        assert (await tools.call("t")).content == "done"
    assert len(issuer.asked) == 2


async def test_a_token_is_got_where_the_issuer_says(issuer: Issuer, tmp_path: Path) -> None:
    async with opened(settings_of(tmp_path, table(issuer, f'issuer = "{issuer.url}"')), "s") as tools:
        assert (await tools.call("t")).content == "done"
    ((_, form),) = issuer.asked
    assert form["grant_type"] == ["client_credentials"]


async def test_credentials_go_to_no_server_of_others(issuer: Issuer, tmp_path: Path) -> None:
    async with opened(settings_of(tmp_path, table(issuer))) as tools:

        async def is_missing() -> bool:
            return (await tools.toolbox.offered(None)).missing == ["s"]

        await eventually(is_missing)
    assert issuer.asked == []
