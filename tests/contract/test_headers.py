"""What every answer forbids the browser, whatever the answer is."""

import re
from typing import Any

import httpx2
import pytest

from chat import keys
from tests.contract import routes
from tests.contract.refusals import refused
from tests.contract.routes import Route
from tests.support.client import Client
from tests.support.stack import ROOT, Stack

ASSET = next(f"/assets/{file.name}" for file in (ROOT / "web" / "dist" / "assets").iterdir())
OTHERS = [("GET", path) for path in (ASSET, "/swagger/swagger-ui.css", "/nowhere", "/api/nowhere", "/assets/nowhere")]
OTHERS += [("PUT", "/chat/turns"), ("OPTIONS", "/chat/turns"), ("DELETE", "/"), ("GET", "/chat/sessions/")]
EVERY = sorted({*routes.every(), *OTHERS})
FIXED = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def is_safe(response: httpx2.Response) -> None:
    """Has every header, once."""
    told = response.headers
    assert {name: told.get_list(name) for name in FIXED} == {name: [value] for name, value in FIXED.items()}
    assert "microphone=()" in told["permissions-policy"]
    assert len(told.get_list("content-security-policy")) == 1
    assert "frame-ancestors 'none'" in told["content-security-policy"]
    assert len(told.get_list("cache-control")) == 1
    assert "server" not in told


@pytest.mark.parametrize("route", EVERY, ids=routes.name)
async def test_every_route_answers_safely(user: Client, session_id: str, route: Route) -> None:
    if routes.plain(route) in routes.PRIVATE:
        turn_id = await user.ask(session_id, "hello")
        await user.follow(turn_id)
        response = await routes.call(user.http, route, session_id, turn_id)
    else:
        response = await user.http.request(*route)
    is_safe(response)
    kind = response.headers.get("content-type", "")
    policy = response.headers["content-security-policy"]
    if "html" not in kind and "/assets" not in route[1] and not routes.is_page(route):
        assert policy.startswith("default-src 'none'") or "/swagger" in route[1]
    if "json" in kind:
        assert response.headers["cache-control"] == "no-store"
    if "event-stream" in kind:
        assert response.headers["cache-control"] == "no-cache, no-transform"


def directives(policy: str) -> dict[str, str]:
    parts = [part.strip().partition(" ") for part in policy.split(";")]
    return {name: value for name, _, value in parts}


@pytest.mark.parametrize("path", ["/", "/s/11111111-1111-4111-8111-111111111111", "/index.html", "/docs"])
async def test_a_page_runs_no_script_but_ours(user: Client, path: str) -> None:
    response = await user.http.get(path)
    told = directives(response.headers["content-security-policy"])
    assert told["default-src"] == "'self'"
    assert "unsafe" not in told["script-src"]
    assert "*" not in response.headers["content-security-policy"]
    assert "http" not in response.headers["content-security-policy"]
    inline = re.findall(r"<script>", response.text)
    assert len(inline) == told["script-src"].count("sha256-")


async def test_errors_of_every_kind_answer_safely(stack: Stack, user: Client, session_id: str) -> None:
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
        is_safe(response)


async def broken(stack: Stack, user: Client, session_id: str, words: str = "x") -> httpx2.Response:
    """The answer to a request that the server cannot cope with: its own data makes no sense."""
    senseless = f'{{"role": "user", "content": "{words}", "timestamp": "{words}"}}'
    await stack.store.execute_command("RPUSH", keys.messages(session_id), senseless)
    return await user.http.get("/chat/history", params={"session_id": session_id})


async def test_what_nobody_foresaw_is_a_problem_and_its_log_has_no_words(
    stack: Stack, user: Client, session_id: str
) -> None:
    words = "unforeseen-words-nobody-logs"
    problem = refused(await broken(stack, user, session_id, words), 500, "internal_error")
    assert words not in str(problem)
    logged = [line for line in stack.logs().splitlines() if '"request_broke"' in line]
    assert "ValidationError" in logged[-1]
    assert words not in stack.logs()
