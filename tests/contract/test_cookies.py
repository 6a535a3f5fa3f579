"""A guest's cookie is renewed in use, restricted behind TLS, and invalid once its key is removed."""

import time
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest

from tests.contract.refusals import refused
from tests.support.databases import database
from tests.support.stack import NEXT_SECRET, SECRET, Stack, run_stack

WEEK = 7 * 86_400
TLS = {"X-Forwarded-Proto": "https"}
OLDER_SECRET = "an-older-one-for-tests-9sXz4TnBf8RjHc5y"


def token(secret: str, age: int = 0) -> str:
    issued = int(time.time()) - age
    return jwt.encode({"iss": "holdfast", "sub": "guest-x", "iat": issued, "exp": issued + 365 * 86_400}, secret)


async def get(stack: Stack, path: str, cookie: str = "", **headers: str) -> httpx2.Response:
    sent = {"Cookie": cookie} if cookie else {}
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        return await http.get(path, headers={**sent, **headers})


def cookies(response: httpx2.Response) -> dict[str, Morsel[str]]:
    return dict(SimpleCookie(response.headers.get("set-cookie", "")).items())


@pytest.mark.parametrize("path", ["/me", "/chat/sessions", "/api/chat/sessions"])
@pytest.mark.parametrize(
    ("secret", "age", "renewed"),
    [
        (NEXT_SECRET, 60, False),
        (NEXT_SECRET, WEEK - 60, False),
        (NEXT_SECRET, WEEK + 60, True),
        (NEXT_SECRET, 300 * 86_400, True),
        (SECRET, 60, True),
    ],
)
async def test_a_cookie_is_renewed_after_a_week_or_a_key_change(
    facing: Stack, path: str, secret: str, age: int, renewed: bool
) -> None:
    response = await get(facing, path, f"holdfast={token(secret, age)}")
    assert response.json()["user_id"] == "guest-x"
    given = cookies(response)
    assert set(given) == ({"holdfast"} if renewed else set())
    if renewed:
        claims: dict[str, Any] = jwt.decode(given["holdfast"].value, NEXT_SECRET, ["HS256"])
        assert claims["sub"] == "guest-x"
        assert claims["exp"] > time.time() + 364 * 86_400


async def test_only_the_current_and_the_previous_key_are_accepted(facing: Stack) -> None:
    old, older = token(SECRET), token(OLDER_SECRET)
    assert (await get(facing, "/me", Authorization=f"Bearer {old}")).json()["user_id"] == "guest-x"
    refused(await get(facing, "/me", Authorization=f"Bearer {older}"), 401, "bad_token")
    refused(await get(facing, "/chat/sessions", f"holdfast={older}"), 401, "no_identity")
    fresh = await get(facing, "/me", f"holdfast={older}")
    assert fresh.json()["user_id"] != "guest-x"
    assert "holdfast" in cookies(fresh)


async def test_tokens_of_a_removed_previous_key_are_refused(redis_url: str, tmp_path: Path) -> None:
    async with run_stack(database(redis_url), tmp_path, workers=0, auth_mode="guest", secret_key=NEXT_SECRET) as stack:
        refused(await get(stack, "/chat/sessions", f"holdfast={token(SECRET)}"), 401, "no_identity")
        refused(await get(stack, "/me", Authorization=f"Bearer {token(SECRET)}"), 401, "bad_token")
        assert (await get(stack, "/me", f"holdfast={token(NEXT_SECRET)}")).json()["user_id"] == "guest-x"


async def test_a_cookie_behind_tls_is_host_only_and_secure(facing: Stack) -> None:
    given = cookies(await get(facing, "/me", **TLS))
    assert set(given) == {"__Host-holdfast"}
    cookie = given["__Host-holdfast"]
    assert (await get(facing, "/me", **TLS)).headers["strict-transport-security"].startswith("max-age=")
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]) == (
        True, True, "lax", "/", ""
    )  # fmt: skip
    again = await get(facing, "/me", f"__Host-holdfast={cookie.value}", **TLS)
    assert cookies(again) == {}
    assert again.json()["user_id"] == jwt.decode(cookie.value, NEXT_SECRET, ["HS256"])["sub"]


async def test_a_cookie_without_host_prefix_is_refused_behind_tls(facing: Stack) -> None:
    refused(await get(facing, "/chat/sessions", f"holdfast={token(NEXT_SECRET)}", **TLS), 401, "no_identity")


async def test_a_cookie_without_tls_is_set_without_secure(facing: Stack) -> None:
    given = cookies(await get(facing, "/me"))
    assert set(given) == {"holdfast"}
    assert not given["holdfast"]["secure"]


async def test_an_untrusted_proxy_cannot_claim_tls(guests: Stack) -> None:
    response = await get(guests, "/me", **TLS)
    assert set(cookies(response)) == {"holdfast"}
    assert "strict-transport-security" not in response.headers
