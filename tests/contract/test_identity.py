"""Guests identify by token or cookie and reach their own sessions and turns only."""

import base64
import json
import time
import warnings
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import jwt
import pytest

from tests.contract.refusals import refused
from tests.support.stack import SECRET, Stack

MISSING = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
async def browser(guests: Stack) -> AsyncIterator[httpx2.AsyncClient]:
    """A client without a cookie."""
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        yield http


def token(secret: str = SECRET, algorithm: str | None = "HS256", **claims: Any) -> str:
    now = int(time.time())
    everything = {"iss": "holdfast", "sub": "guest-x", "iat": now, "exp": now + 60, **claims}
    with warnings.catch_warnings(action="ignore"):  # the key is shorter than HS512 recommends
        return jwt.encode({name: value for name, value in everything.items() if value is not None}, secret, algorithm)


async def test_a_browsers_first_call_makes_it_a_guest(browser: httpx2.AsyncClient) -> None:
    response = await browser.get("/api/me")
    assert response.status_code == 200
    assert response.json()["auth_mode"] == "guest"
    attributes = {part.strip().lower() for part in response.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/"} <= attributes
    again = await browser.get("/api/me")
    assert again.json() == response.json()
    assert "set-cookie" not in again.headers


async def test_a_chat_works_with_the_cookie_alone(browser: httpx2.AsyncClient) -> None:
    user_id = (await browser.get("/me")).json()["user_id"]
    session_id = (await browser.post("/chat/start")).json()["session_id"]
    response = await browser.post("/chat/turns", json={"session_id": session_id, "message": "hello"})
    assert response.status_code == 202
    events = await browser.get(response.json()["events"])
    assert '"type":"end"' in events.text
    listed = (await browser.get("/chat/sessions")).json()
    assert (listed["user_id"], listed["total"]) == (user_id, 1)


async def test_requests_on_a_shared_connection_keep_their_own_users(guests: Stack) -> None:
    one = httpx2.Limits(max_connections=1)
    async with httpx2.AsyncClient(base_url=guests.url, limits=one) as proxy:
        seen = []
        for subject in ("guest-a", "guest-b", "guest-a"):
            response = await proxy.get("/me", headers={"Authorization": f"Bearer {token(sub=subject)}"})
            seen.append(
                (response.json()["user_id"], response.extensions["network_stream"].get_extra_info("client_addr"))
            )
        assert (await proxy.get("/me", headers={"Authorization": "Bearer junk"})).status_code == 401
    assert [user for user, _ in seen] == ["guest-a", "guest-b", "guest-a"]
    assert len({address for _, address in seen}) == 1, "the requests did not share one connection"


async def test_a_start_without_identity_makes_a_guest(browser: httpx2.AsyncClient) -> None:
    session_id = (await browser.post("/chat/start")).json()["session_id"]
    assert (await browser.get("/chat/history", params={"session_id": session_id})).status_code == 200


async def test_a_bearer_token_identifies_its_guest_only(guests: Stack) -> None:
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        guest = (await http.post("/auth/guest")).json()
        other = (await http.post("/auth/guest")).json()
        assert set(guest) == {"user_id", "token"}
        assert guest["user_id"] != other["user_id"]
        http.headers["Authorization"] = f"Bearer {guest['token']}"
        assert (await http.get("/me")).json() == {"user_id": guest["user_id"], "auth_mode": "guest"}
        query = {"user_id": guest["user_id"]}
        assert (await http.get("/chat/sessions", params=query)).status_code == 200
        refused(await http.get("/chat/sessions", params={"user_id": other["user_id"]}), 403, "wrong_user")
        refused(await http.post("/chat/start", params={"user_id": "alice"}), 403, "wrong_user")
        refused(await http.get("/me", params={"user_id": "alice"}), 403, "wrong_user")


async def test_private_routes_without_an_identity_are_refused(browser: httpx2.AsyncClient) -> None:
    turn = f"/chat/turns/{MISSING}.1"
    for method, path in (
        ("GET", "/chat/sessions"),
        ("GET", f"/chat/history?session_id={MISSING}"),
        ("GET", f"/chat/stream?session_id={MISSING}&message=x"),
        ("DELETE", f"/chat/history/{MISSING}"),
        ("DELETE", f"/chat/sessions/{MISSING}"),
        ("GET", turn),
        ("GET", f"{turn}/events"),
        ("POST", f"{turn}/cancel"),
        ("GET", "/chat/sessions?user_id=alice"),
        ("GET", f"/chat/history?session_id={MISSING}&user_id=alice"),
    ):
        refused(await browser.request(method, path), 401, "no_identity")
    refused(await browser.post("/chat/turns", json={"session_id": MISSING, "message": "x"}), 401, "no_identity")


def unsigned() -> str:
    """Returns a token with `alg: none`."""
    parts = [{"alg": "none", "typ": "JWT"}, {"iss": "holdfast", "sub": "guest-x", "exp": int(time.time()) + 60}]
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + "."


def forgeries() -> dict[str, str]:
    good = token()
    head, body, signature = good.split(".")
    return {
        "another key": token("another secret of some length 0123456789"),
        "expired": token(exp=int(time.time()) - 10),
        "never expires": token(exp=None),
        "another issuer": token(iss="someone"),
        "no user": token(sub=None),
        "a user that is no text": token(sub=5),
        "no algorithm": unsigned(),
        "another algorithm": token(algorithm="HS512"),
        "no signature": f"{head}.{body}.",
        "cut": good[:-5],
        "changed": f"{head}.{body[:-2]}AA.{signature}",
        "garbage": "garbage",
        "dots": "...",
        "long": "x" * 4000,
    }


@pytest.mark.parametrize("name", ["another key", "expired", "never expires", "another issuer", "no user",
                                  "a user that is no text", "no algorithm", "another algorithm", "no signature",
                                  "cut", "changed", "garbage", "dots", "long"])  # fmt: skip
async def test_a_forged_token_is_refused(guests: Stack, name: str) -> None:
    forged = forgeries()[name]
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        refused(await http.get("/chat/sessions", headers={"Cookie": f"holdfast={forged}"}), 401, "no_identity")
        headers = {"Authorization": f"Bearer {forged}"}
        refused(await http.get("/chat/sessions", headers=headers), 401, "bad_token")
        refused(await http.get("/me", headers=headers), 401, "bad_token")
        refused(await http.post("/chat/start", headers=headers), 401, "bad_token")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "bearer x y", "é"])
async def test_an_authorization_of_another_scheme_is_refused(guests: Stack, header: str) -> None:
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        response = await http.get("/chat/sessions", headers={b"Authorization": header.encode("latin-1")})
        assert response.status_code == 401
        assert response.json()["code"] in ("bad_token", "no_identity")


async def test_a_valid_token_is_accepted(guests: Stack) -> None:
    """Each forgery differs from this token in one respect."""
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        response = await http.get("/me", headers={"Authorization": f"Bearer {token()}"})
        assert response.json()["user_id"] == "guest-x"


@pytest.mark.parametrize("seconds", [-30, 0, 30])
async def test_a_token_of_a_replica_with_a_skewed_clock_is_accepted(guests: Stack, seconds: int) -> None:
    issued = int(time.time()) + seconds
    async with httpx2.AsyncClient(base_url=guests.url) as http:
        for headers in ({"Authorization": f"Bearer {token(iat=issued)}"}, {"Cookie": f"holdfast={token(iat=issued)}"}):
            response = await http.get("/me", headers=headers)
            assert response.status_code == 200, response.text
            assert response.json()["user_id"] == "guest-x"


async def test_a_user_id_without_a_token_is_refused_in_guest_mode(
    browser: httpx2.AsyncClient,
) -> None:
    for method, path in (("POST", "/chat/start"), ("POST", "/api/chat/start"), ("GET", "/me")):
        response = await browser.request(method, path, params={"user_id": "alice"})
        refused(response, 401, "no_identity")
        assert "set-cookie" not in response.headers


async def test_a_browser_with_a_stale_cookie_becomes_a_new_guest(browser: httpx2.AsyncClient) -> None:
    """The page cannot delete an HttpOnly cookie."""
    browser.cookies.set("holdfast", token("a secret of an earlier installation 0123"))
    refused(await browser.get("/chat/sessions"), 401, "no_identity")
    browser.cookies.clear()
    stale = {"Cookie": f"holdfast={token('a secret of an earlier installation 0123')}"}
    user_id = (await browser.get("/me", headers=stale)).json()["user_id"]
    assert (await browser.get("/chat/sessions")).json()["user_id"] == user_id


async def test_in_trust_mode_a_token_must_match_the_user_id(stack: Stack) -> None:
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        headers = {"Authorization": f"Bearer {token()}"}
        assert (await http.get("/me", headers=headers)).json()["user_id"] == "guest-x"
        refused(await http.get("/me", headers=headers, params={"user_id": "alice"}), 403, "wrong_user")
        assert (await http.get("/me", params={"user_id": "alice"})).json() == {"user_id": "alice", "auth_mode": "trust"}
