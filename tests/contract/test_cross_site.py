"""Pages of other sites may not change anything in their visitor's name."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.contract import routes
from tests.contract.conftest import FRIEND
from tests.contract.refusals import nothing_stored, refused
from tests.contract.routes import Route
from tests.support.client import Client
from tests.support.stack import Stack

FOREIGN = "https://evil.example"


def changes(route: Route) -> bool:
    return route[0] not in ("GET", "HEAD") or routes.plain(route)[1] in ("/chat/stream", "/me")


CHANGING = sorted(route for route in routes.every() if changes(route))
READING = sorted(route for route in routes.private() if not changes(route))

REFUSED: dict[str, dict[str, str]] = {
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": FOREIGN},
    "another site, without an origin": {"Sec-Fetch-Site": "cross-site"},
    "another subdomain": {"Sec-Fetch-Site": "same-site", "Origin": "http://other.{host}"},
    "another port": {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
    "a link on another site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    "a value of tomorrow": {"Sec-Fetch-Site": "near-site"},
    "another site that says it is ours": {"Sec-Fetch-Site": "cross-site", "Origin": "http://{host}"},
    "an old browser": {"Origin": FOREIGN},
    "an old browser, a file": {"Origin": "null"},
    "an old browser, our name at the front": {"Origin": "http://{host}.evil.example"},
    "an old browser, our name at the end": {"Origin": "http://evil.example@{host}"},
    "an old browser, another port": {"Origin": "http://127.0.0.1:1"},
    "an old browser, nonsense": {"Origin": "http://[{host}"},
}
ALLOWED: dict[str, dict[str, str]] = {
    "our own page": {"Sec-Fetch-Site": "same-origin", "Origin": "http://{host}"},
    "a typed address": {"Sec-Fetch-Site": "none"},
    "an old browser, our own page": {"Origin": "http://{host}"},
    "a program": {},
}


def said(stack: Stack, headers: dict[str, str]) -> dict[str, str]:
    return {name: value.replace("{host}", urlsplit(stack.url).netloc) for name, value in headers.items()}


@pytest.fixture
async def browser(guests: Stack) -> AsyncIterator[Client]:
    """A guest with a cookie."""
    async with guests.client() as user:
        user.http.params = httpx2.QueryParams()
        user.user_id = (await user.http.get("/me")).json()["user_id"]
        yield user


async def change(user: Client, route: Route, session_id: str, headers: dict[str, str]) -> httpx2.Response:
    if routes.plain(route) in routes.PUBLIC:
        return await user.http.request(*route, headers=headers)
    return await routes.call(user.http, route, session_id, f"{session_id}.1", headers=headers)


async def none_is_taken(stack: Stack, user: Client, headers: dict[str, str]) -> None:
    session_id = await user.start()
    async with nothing_stored(stack, user, session_id):
        for route in CHANGING:
            response = await change(user, route, session_id, said(stack, headers))
            refused(response, 403, "cross_site")
            assert "set-cookie" not in response.headers, route


@pytest.mark.parametrize("case", REFUSED)
async def test_a_cookie_does_not_work_from_another_site(guests: Stack, browser: Client, case: str) -> None:
    await none_is_taken(guests, browser, REFUSED[case])


@pytest.mark.parametrize("case", REFUSED)
async def test_a_user_id_that_is_believed_does_not_work_from_another_site(
    stack: Stack, user: Client, case: str
) -> None:
    await none_is_taken(stack, user, REFUSED[case])


@pytest.mark.parametrize("case", ALLOWED)
async def test_our_own_page_and_programs_get_through(guests: Stack, browser: Client, case: str) -> None:
    for route in CHANGING:
        session_id = await browser.start()
        response = await change(browser, route, session_id, said(guests, ALLOWED[case]))
        assert response.status_code != 403, response.text


@pytest.mark.parametrize("case", ALLOWED)
async def test_the_articles_calls_get_through(stack: Stack, user: Client, case: str) -> None:
    headers = said(stack, ALLOWED[case])
    session_id = (await user.http.post("/chat/start", headers=headers)).json()["session_id"]
    async with user.http.stream(
        "GET", "/chat/stream", params={"session_id": session_id, "message": "hello"}, headers=headers
    ) as response:
        assert response.status_code == 200
    assert (await user.http.delete(f"/chat/history/{session_id}", headers=headers)).status_code == 200


async def test_a_bearer_token_works_from_anywhere(guests: Stack) -> None:
    """No page has another's token, and none sends one without our leave (a preflight)."""
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        guest = (await http.post("/auth/guest")).json()
    async with guests.client(token=guest["token"]) as user:
        for route in CHANGING:
            session_id = await user.start()
            response = await change(user, route, session_id, REFUSED["another site"])
            assert response.status_code != 403, response.text


async def test_reading_is_left_to_the_browsers_own_rules(browser: Client) -> None:
    """It may be asked for from anywhere, and is shown nowhere else: no answer names another origin."""
    session_id = await browser.start()
    for route in READING:
        response = await routes.call(
            browser.http, route, session_id, f"{session_id}.1", headers=REFUSED["another site"]
        )
        assert response.status_code in (200, 404), route
        assert "access-control-allow-origin" not in response.headers
        assert response.headers["cross-origin-resource-policy"] == "same-origin"


def preflight(origin: str, method: str = "POST", headers: str = "content-type,idempotency-key") -> dict[str, Any]:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return {"headers": asked}


async def test_the_friendly_page_may_call(facing: Stack) -> None:
    async with httpx2.AsyncClient(base_url=facing.url) as http:
        may = await http.options("/chat/turns", **preflight(FRIEND))
        assert may.status_code == 200
        assert may.headers["access-control-allow-origin"] == FRIEND
        for site in ("cross-site", "same-site"):
            from_there = {"Origin": FRIEND, "Sec-Fetch-Site": site}
            response = await http.post("/chat/start", headers=from_there)
            assert response.status_code == 200
            assert response.headers["access-control-allow-origin"] == FRIEND
            assert response.headers["access-control-allow-credentials"] == "true"
        lost = await http.get("/chat/history", params={"session_id": "x"}, headers={"Origin": FRIEND})
        assert lost.headers["access-control-allow-origin"] == FRIEND


@pytest.mark.parametrize("origin", [FOREIGN, "null", "http://friend.example", FRIEND + ".evil.example", FRIEND + ":1"])
async def test_no_other_page_may_call(facing: Stack, origin: str) -> None:
    async with httpx2.AsyncClient(base_url=facing.url) as http:
        may_not = await http.options("/chat/turns", **preflight(origin))
        assert may_not.status_code == 400
        assert "access-control-allow-origin" not in may_not.headers
        response = await http.post("/chat/start", headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})
        refused(response, 403, "cross_site")
        assert "access-control-allow-origin" not in response.headers


async def test_without_friends_nobody_is_answered_about_other_origins(guests: Stack) -> None:
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        response = await http.options("/chat/turns", **preflight(FRIEND))
        assert response.status_code in (403, 405)
        assert "access-control-allow-origin" not in response.headers
