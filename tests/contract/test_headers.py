"""Every response has the security headers, whatever its status."""

import re
from typing import Any

import httpx2
import pytest

from chat import keys
from tests.contract import routes
from tests.contract.refusals import refused
from tests.contract.routes import Route
from tests.contract.scenes import TURNS
from tests.support.client import Client
from tests.support.stack import ROOT, Stack

ASSET = next(f"/assets/{file.name}" for file in (ROOT / "web" / "dist" / "assets").iterdir())
OTHERS = [("GET", path) for path in (ASSET, "/swagger/swagger-ui.css", "/nowhere", "/api/nowhere", "/assets/nowhere")]
OTHERS += [("PUT", "/chat/turns"), ("OPTIONS", "/chat/turns"), ("DELETE", "/"), ("GET", "/chat/sessions/")]
EVERY = [*routes.half(0), *sorted(set(routes.every()).difference(routes.private())), *OTHERS]
FIXED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


SHARED = ("/share/", "/shares/")
"""Beginnings of the paths of share links."""


def assert_safe(response: httpx2.Response) -> None:
    """Asserts that the response has every security header once."""
    headers, address = response.headers, response.request.url
    fixed = FIXED | ({"referrer-policy": "no-referrer"} if is_shared(response.request.url.path) else {})
    assert {name: headers.get_list(name) for name in fixed} == {name: [value] for name, value in fixed.items()}, address
    assert "microphone=()" in headers["permissions-policy"], address
    assert len(headers.get_list("content-security-policy")) == 1, address
    assert "frame-ancestors 'none'" in headers["content-security-policy"], address
    assert len(headers.get_list("cache-control")) == 1, address
    assert "server" not in headers, address


def is_shared(path: str) -> bool:
    return path.removeprefix("/api").startswith(SHARED)


async def test_every_route_sends_the_security_headers(user: Client) -> None:
    unchanged = await session_with_reply(user)
    for route in EVERY:
        if routes.plain(route) in routes.PRIVATE:
            session_id = unchanged if route[0] == "GET" else await user.start()
            if session_id != unchanged and any(part in route[1] for part in TURNS):
                session_id = await session_with_reply(user)
            response = await routes.call(user.http, route, session_id, f"{session_id}.1")
        else:
            response = await user.http.request(*route)
        assert_safe(response)
        assert_policy(route, response)


async def session_with_reply(user: Client) -> str:
    session_id = await user.start()
    await user.chat(session_id, "hello")
    return session_id


def assert_policy(route: Route, response: httpx2.Response) -> None:
    """Asserts that the response may be stored, and may load others, only as far as its kind needs that."""
    kind = response.headers.get("content-type", "")
    policy = response.headers["content-security-policy"]
    if "html" not in kind and "/assets" not in route[1] and not routes.is_page(route):
        assert policy.startswith("default-src 'none'") or "/swagger" in route[1], route
    if "json" in kind and "manifest" not in kind:
        wanted = "private, no-store" if is_shared(route[1]) else "no-store"
        assert response.headers["cache-control"] == wanted, route
    if "event-stream" in kind:
        assert response.headers["cache-control"] == "no-cache, no-transform", route


def directives(policy: str) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in policy.split(";")]
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize("path", ["/", "/s/11111111-1111-4111-8111-111111111111", "/index.html", "/docs"])
async def test_a_page_allows_only_its_own_scripts(user: Client, path: str) -> None:
    response = await user.http.get(path)
    policy = directives(response.headers["content-security-policy"])
    assert policy["default-src"] == "'self'"
    assert "unsafe" not in policy["script-src"]
    assert "*" not in response.headers["content-security-policy"]
    assert "http" not in response.headers["content-security-policy"]
    inline = re.findall(r"<script>", response.text)
    assert len(inline) == policy["script-src"].count("sha256-")


async def test_errors_of_every_kind_send_the_security_headers(stack: Stack, user: Client, session_id: str) -> None:
    foreign: dict[str, Any] = {"headers": {"Origin": "https://evil.example"}}
    json: dict[str, Any] = {"headers": {"Content-Type": "application/json"}}
    for response, status in (
        (await user.http.get("/chat/history", params={"session_id": "x"}), 404),
        (await user.http.post("/chat/turns", content="{", **json), 400),
        (await user.http.post("/chat/turns", content="x" * 4_000_000, **json), 413),
        (await user.http.post("/chat/turns", json={}), 422),
        (await user.http.post("/chat/start", **foreign), 403),
        (await user.http.get("/me", headers={"Host": "evil.example"}), 403),
        (await user.http.get("/me", headers={"Authorization": "Bearer x"}), 401),
        (await broken(stack, user, session_id), 500),
    ):
        assert response.status_code == status
        assert_safe(response)


async def broken(stack: Stack, user: Client, session_id: str, user_text: str = "x") -> httpx2.Response:
    """Returns the response to a request for a history that the test has corrupted."""
    place = '{"id":"1-q","parent_id":"","depth":0,"segment":"1-q","role":"user",'
    corrupt = f'{place}"content":"{user_text}","timestamp":"{user_text}"}}'
    await stack.store.execute_command("HSET", keys.tree(session_id), "1-q", corrupt, "v:", "1-q")
    await stack.store.execute_command("HSET", keys.session(session_id), "leaf", "1-q", "head", "1-q")
    return await user.http.get("/chat/history", params={"session_id": session_id})


async def test_an_internal_error_is_a_problem_without_user_text(stack: Stack, user: Client, session_id: str) -> None:
    user_text = "unforeseen-words-nobody-logs"
    problem = refused(await broken(stack, user, session_id, user_text), 500, "internal_error")
    assert user_text not in str(problem)
    logged = [line for line in stack.logs().splitlines() if '"request_broke"' in line]
    assert "ValidationError" in logged[-1]
    assert user_text not in stack.logs()
