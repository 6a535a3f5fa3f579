"""AUTH_MODE=jwt with a real provider: keys rotate, the provider fails and recovers, and claims are checked."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.contract.refusals import refused
from tests.support.databases import database
from tests.support.provider import AUDIENCE, Key, Provider, providing
from tests.support.stack import Stack, run_stack
from tests.support.waiting import eventually


@pytest.fixture(scope="module")
async def steady(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Stack, Provider]]:
    """A provider that does not change, and a stack that accepts its tokens."""
    async with providing() as provider:
        provider.keys += [Key("ES256"), Key("EdDSA")]
        folder = tmp_path_factory.mktemp("steady")
        async with run_stack(database(redis_url), folder, **provider.settings) as running:
            yield running, provider


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with providing() as running:
        yield running


@pytest.fixture
async def members(redis_url: str, tmp_path: Path, provider: Provider, request: Any) -> AsyncIterator[Stack]:
    """A stack that reads the provider's keys every second, or at the interval that the test sets."""
    settings = {**provider.settings, "jwt_jwks_seconds": getattr(request, "param", "1")}
    async with run_stack(database(redis_url), tmp_path, workers=0, **settings) as running:
        yield running


async def me(stack: Stack, token: str, **more: Any) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        return await http.get("/me", headers={"Authorization": f"Bearer {token}"}, **more)


async def status(stack: Stack, token: str) -> int:
    return (await me(stack, token)).status_code


async def test_a_rotated_key_replaces_the_old_one(members: Stack, provider: Provider) -> None:
    old = provider.token("alice")
    assert await status(members, old) == 200
    provider.rotate()
    new = provider.token("alice")

    async def new_is_accepted() -> bool:
        return await status(members, new) == 200

    async def old_is_refused() -> bool:
        return await status(members, old) == 401

    await eventually(new_is_accepted)
    await eventually(old_is_refused)
    assert await status(members, new) == 200


async def test_a_provider_outage_defers_tokens_of_unknown_keys_only(members: Stack, provider: Provider) -> None:
    good = provider.token("alice")
    assert await status(members, good) == 200
    await provider.stop()
    unknown = provider.token("alice", Key())

    async def is_deferred() -> bool:
        return await status(members, unknown) == 503

    await eventually(is_deferred)
    response = await me(members, unknown)
    refused(response, 503, "identity_unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert await status(members, good) == 200
    await provider.start()

    async def is_refused() -> bool:
        return await status(members, unknown) == 401

    await eventually(is_refused)
    assert await status(members, good) == 200


async def test_tokens_are_accepted_once_a_late_provider_starts(
    redis_url: str, tmp_path: Path, provider: Provider
) -> None:
    await provider.stop()
    settings = {**provider.settings, "jwt_jwks_seconds": "1"}
    async with run_stack(database(redis_url), tmp_path, workers=0, **settings) as members:
        refused(await me(members, provider.token("alice")), 503, "identity_unavailable")
        refused(await me(members, "x.y.z"), 401, "bad_token")
        async with httpx2.AsyncClient(base_url=members.url) as anonymous:
            refused(await anonymous.get("/me"), 401, "no_identity")
            assert (await anonymous.get("/health/live")).status_code == 200
        await provider.start()

        async def is_accepted() -> bool:
            return await status(members, provider.token("alice")) == 200

        await eventually(is_accepted)


@pytest.mark.parametrize("members", ["600"], indirect=True)
async def test_forged_key_ids_query_the_provider_at_a_limited_rate(members: Stack, provider: Provider) -> None:
    good, forged = provider.token("alice"), Key()
    begun = time.monotonic()
    answers: list[int] = []
    for _ in range(5):
        tokens: list[str] = []
        for _ in range(8):
            forged.kid = f"forged-{len(answers)}-{len(tokens)}"
            tokens.append(provider.token("alice", forged))
        answers += await asyncio.gather(*(status(members, token) for token in tokens))
    assert set(answers) == {401}
    assert await status(members, good) == 200
    assert provider.asked <= 2 + (time.monotonic() - begun) / 20


async def test_guests_are_refused_in_jwt_mode(steady: tuple[Stack, Provider]) -> None:
    async with httpx2.AsyncClient(base_url=steady[0].url) as http:
        for path in ("/auth/guest", "/api/auth/guest"):
            response = await http.post(path)
            refused(response, 403, "no_guests")
            assert "set-cookie" not in response.headers


SUBJECTS = [
    "auth0|5f7c8ec7c33c6c004bbafe82",
    "https://idp.example.com/users/1?x=y#z",
    "用户 😀",
    "{*}:[a]\n\0\r",
    "a" * 255,
]


@pytest.mark.parametrize("subject", SUBJECTS, ids=range(len(SUBJECTS)))
async def test_any_subject_of_the_provider_keeps_its_data_apart(steady: tuple[Stack, Provider], subject: str) -> None:
    stack, provider = steady
    token, near = provider.token(subject), provider.token(subject[:-1] + "'")
    async with stack.client(token=token) as user, stack.client(token=near) as other:
        session_id = await user.start()
        assert (await user.chat(session_id, "hello")).end
        listed = (await user.http.get("/chat/sessions", params={"user_id": subject})).json()
        assert (listed["user_id"], listed["total"]) == (subject, 1)
        refused(await other.http.get("/chat/history", params={"session_id": session_id}), 404, "unknown_session")
        response = await user.http.get("/me", params={"user_id": "somebody-else"})
        refused(response, 403, "wrong_user")


@pytest.mark.parametrize("number", [0, 1, 2], ids=["RS256", "ES256", "EdDSA"])
async def test_each_default_algorithm_is_accepted(steady: tuple[Stack, Provider], number: int) -> None:
    stack, provider = steady
    assert await status(stack, provider.token("alice", provider.keys[number])) == 200


CLOCKS = [("exp", -10, 200), ("nbf", 10, 200), ("iat", 10, 200), ("exp", -60, 401), ("nbf", 60, 401), ("iat", 60, 401)]


@pytest.mark.parametrize(("claim", "seconds", "expected"), CLOCKS)
async def test_time_claims_tolerate_half_a_minute_of_clock_skew(
    steady: tuple[Stack, Provider], claim: str, seconds: int, expected: int
) -> None:
    stack, provider = steady
    claims: dict[str, Any] = {claim: int(time.time()) + seconds}
    assert await status(stack, provider.token("alice", **claims)) == expected


async def test_one_of_several_audiences_is_enough(steady: tuple[Stack, Provider]) -> None:
    stack, provider = steady
    assert await status(stack, provider.token("alice", aud=["another", AUDIENCE])) == 200
    assert await status(stack, provider.token("alice", aud=["another"])) == 401
