"""Pages of other sites cannot change anything with their visitor's identity."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.contract import routes
from tests.contract.conftest import ALLOWED_ORIGIN
from tests.contract.refusals import nothing_stored, refused
from tests.contract.routes import Route
from tests.support.client import Client
from tests.support.stack import Stack

FOREIGN = "https://evil.example"


def changes(route: Route) -> bool:
    return route[0] not in ("GET", "HEAD") or routes.plain(route)[1] in ("/chat/stream", "/me")


CHANGING = sorted(route for route in routes.every() if changes(route))
CHANGING_ONCE = [route for route in CHANGING if route in routes.half(0) or routes.plain(route) in routes.PUBLIC]
"""Each private one either below `/api` or not."""


def called_for(number: int) -> list[Route]:
    """Returns the routes that a case is tried with: all in the first case, a part of the private ones in the others.

    What is cross-site is decided before a route is looked for.
    """
    part = set(routes.part(number))
    return [route for route in CHANGING if not number or route in part or routes.plain(route) in routes.PUBLIC]


READING = sorted(route for route in routes.private() if not changes(route))

REFUSED: dict[str, dict[str, str]] = {
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": FOREIGN},
    "another site, without an origin": {"Sec-Fetch-Site": "cross-site"},
    "another subdomain": {"Sec-Fetch-Site": "same-site", "Origin": "http://other.{host}"},
    "another port": {"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:1"},
    "a link on another site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    "an unknown value": {"Sec-Fetch-Site": "near-site"},
    "another site with our origin": {"Sec-Fetch-Site": "cross-site", "Origin": "http://{host}"},
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


def filled_in(stack: Stack, headers: dict[str, str]) -> dict[str, str]:
    return {name: value.replace("{host}", urlsplit(stack.url).netloc) for name, value in headers.items()}


@pytest.fixture
async def browser(guests: Stack) -> AsyncIterator[Client]:
    """A client of a guest with a cookie."""
    async with guests.client() as user:
        user.http.params = httpx2.QueryParams()
        user.user_id = (await user.http.get("/me")).json()["user_id"]
        yield user


async def change(user: Client, route: Route, session_id: str, headers: dict[str, str]) -> httpx2.Response:
    if routes.plain(route) in routes.PUBLIC:
        return await user.http.request(*route, headers=headers)
    return await routes.call(user.http, route, session_id, f"{session_id}.1", headers=headers)


async def assert_all_refused(stack: Stack, user: Client, number: int, headers: dict[str, str]) -> None:
    session_id = await user.start()
    async with nothing_stored(stack, user, session_id):
        for route in called_for(number):
            response = await change(user, route, session_id, filled_in(stack, headers))
            refused(response, 403, "cross_site")
            assert "set-cookie" not in response.headers, route


@pytest.mark.parametrize(("number", "case"), list(enumerate(REFUSED)))
async def test_requests_with_a_cookie_from_another_site_are_refused(
    guests: Stack, browser: Client, number: int, case: str
) -> None:
    await assert_all_refused(guests, browser, number, REFUSED[case])


@pytest.mark.parametrize(("number", "case"), list(enumerate(REFUSED)))
async def test_requests_by_user_id_from_another_site_are_refused(
    stack: Stack, user: Client, number: int, case: str
) -> None:
    await assert_all_refused(stack, user, number, REFUSED[case])


@pytest.mark.parametrize(("number", "case"), list(enumerate(ALLOWED)))
async def test_requests_of_the_own_page_and_programs_are_accepted(
    guests: Stack, browser: Client, number: int, case: str
) -> None:
    for route in called_for(number) if number else CHANGING_ONCE:
        session_id = await browser.start()
        response = await change(browser, route, session_id, filled_in(guests, ALLOWED[case]))
        assert response.status_code != 403, response.text


@pytest.mark.parametrize("case", ALLOWED)
async def test_the_articles_calls_are_accepted(stack: Stack, user: Client, case: str) -> None:
    headers = filled_in(stack, ALLOWED[case])
    session_id = (await user.http.post("/chat/start", headers=headers)).json()["session_id"]
    async with user.http.stream(
        "GET", "/chat/stream", params={"session_id": session_id, "message": "hello"}, headers=headers
    ) as response:
        assert response.status_code == 200
    assert (await user.http.delete(f"/chat/history/{session_id}", headers=headers)).status_code == 200


async def test_a_bearer_token_is_accepted_from_any_site(guests: Stack) -> None:
    """A page of another site has no token, and can send one only after an accepted preflight."""
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        guest = (await http.post("/auth/guest")).json()
    async with guests.client(token=guest["token"]) as user:
        for route in CHANGING_ONCE:
            session_id = await user.start()
            response = await change(user, route, session_id, REFUSED["another site"])
            assert response.status_code != 403, response.text


async def test_reads_from_another_site_get_no_cors_headers(browser: Client) -> None:
    """Any site may send the request, but the browser hides the response: no header allows another origin."""
    session_id = await browser.start()
    for route in READING:
        response = await routes.call(
            browser.http, route, session_id, f"{session_id}.1", headers=REFUSED["another site"]
        )
        assert response.status_code in (200, 204, 404), route
        assert "access-control-allow-origin" not in response.headers
        assert response.headers["cross-origin-resource-policy"] == "same-origin"


def preflight(origin: str, method: str = "POST", headers: str = "content-type,idempotency-key") -> dict[str, Any]:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": headers}
    return {"headers": asked}


async def test_the_allowed_origin_may_call(facing: Stack) -> None:
    async with httpx2.AsyncClient(base_url=facing.url) as http:
        preflighted = await http.options("/chat/turns", **preflight(ALLOWED_ORIGIN))
        assert preflighted.status_code == 200
        assert preflighted.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
        for site in ("cross-site", "same-site"):
            headers = {"Origin": ALLOWED_ORIGIN, "Sec-Fetch-Site": site}
            response = await http.post("/chat/start", headers=headers)
            assert response.status_code == 200
            assert response.headers["access-control-allow-origin"] == ALLOWED_ORIGIN
            assert response.headers["access-control-allow-credentials"] == "true"
        missing = await http.get("/chat/history", params={"session_id": "x"}, headers={"Origin": ALLOWED_ORIGIN})
        assert missing.headers["access-control-allow-origin"] == ALLOWED_ORIGIN


@pytest.mark.parametrize(
    "origin", [FOREIGN, "null", "http://friend.example", ALLOWED_ORIGIN + ".evil.example", ALLOWED_ORIGIN + ":1"]
)
async def test_other_origins_are_refused(facing: Stack, origin: str) -> None:
    async with httpx2.AsyncClient(base_url=facing.url) as http:
        refusal = await http.options("/chat/turns", **preflight(origin))
        assert refusal.status_code == 400
        assert "access-control-allow-origin" not in refusal.headers
        response = await http.post("/chat/start", headers={"Origin": origin, "Sec-Fetch-Site": "cross-site"})
        refused(response, 403, "cross_site")
        assert "access-control-allow-origin" not in response.headers


async def test_a_preflight_without_allowed_origins_is_refused(guests: Stack) -> None:
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        response = await http.options("/chat/turns", **preflight(ALLOWED_ORIGIN))
        assert response.status_code in (403, 405)
        assert "access-control-allow-origin" not in response.headers
