"""AUTH_MODE=jwt with a real provider: its keys come, go and are out of reach."""

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
    """A provider that stays as it is, and a stack that believes it."""
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
    """A stack that reads the provider's keys every second, or as seldom as the test says."""
    told = {**provider.settings, "jwt_jwks_seconds": getattr(request, "param", "1")}
    async with run_stack(database(redis_url), tmp_path, workers=0, **told) as running:
        yield running


async def me(stack: Stack, token: str, **more: Any) -> httpx2.Response:
    async with httpx2.AsyncClient(base_url=stack.url) as http:
        return await http.get("/me", headers={"Authorization": f"Bearer {token}"}, **more)


async def status(stack: Stack, token: str) -> int:
    return (await me(stack, token)).status_code


async def test_a_new_key_counts_at_once_and_the_old_one_stops(members: Stack, provider: Provider) -> None:
    old = provider.token("alice")
    assert await status(members, old) == 200
    provider.rotate()
    new = provider.token("alice")

    async def in_with_the_new() -> bool:
        return await status(members, new) == 200

    async def out_with_the_old() -> bool:
        return await status(members, old) == 401

    await eventually(in_with_the_new)
    await eventually(out_with_the_old)
    assert await status(members, new) == 200


async def test_while_the_provider_is_down_known_keys_count_and_others_are_put_off(
    members: Stack, provider: Provider
) -> None:
    good = provider.token("alice")
    assert await status(members, good) == 200
    await provider.stop()
    unknown = provider.token("alice", Key())

    async def is_put_off() -> bool:
        return await status(members, unknown) == 503

    await eventually(is_put_off)
    response = await me(members, unknown)
    refused(response, 503, "identity_unavailable")
    assert int(response.headers["retry-after"]) > 0
    assert await status(members, good) == 200
    await provider.start()

    async def is_refused() -> bool:
        return await status(members, unknown) == 401

    await eventually(is_refused)
    assert await status(members, good) == 200


async def test_a_provider_that_comes_up_late_is_waited_for(redis_url: str, tmp_path: Path, provider: Provider) -> None:
    await provider.stop()
    told = {**provider.settings, "jwt_jwks_seconds": "1"}
    async with run_stack(database(redis_url), tmp_path, workers=0, **told) as members:
        refused(await me(members, provider.token("alice")), 503, "identity_unavailable")
        refused(await me(members, "x.y.z"), 401, "bad_token")
        async with httpx2.AsyncClient(base_url=members.url) as nobody:
            refused(await nobody.get("/me"), 401, "no_identity")
            assert (await nobody.get("/health/live")).status_code == 200
        await provider.start()

        async def is_in() -> bool:
            return await status(members, provider.token("alice")) == 200

        await eventually(is_in)


@pytest.mark.parametrize("members", ["600"], indirect=True)
async def test_forged_key_ids_cannot_hammer_the_provider(members: Stack, provider: Provider) -> None:
    good, forged = provider.token("alice"), Key()
    begun = time.monotonic()
    answers: list[int] = []
    for _ in range(10):
        tokens: list[str] = []
        for _ in range(10):
            forged.kid = f"forged-{len(answers)}-{len(tokens)}"
            tokens.append(provider.token("alice", forged))
        answers += await asyncio.gather(*(status(members, token) for token in tokens))
    assert set(answers) == {401}
    assert await status(members, good) == 200
    assert provider.asked <= 2 + (time.monotonic() - begun) / 20


async def test_there_are_no_guests(steady: tuple[Stack, Provider]) -> None:
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
async def test_any_name_that_the_provider_gives_is_safe(steady: tuple[Stack, Provider], subject: str) -> None:
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
async def test_each_algorithm_on_offer_counts(steady: tuple[Stack, Provider], number: int) -> None:
    stack, provider = steady
    assert await status(stack, provider.token("alice", provider.keys[number])) == 200


CLOCKS = [("exp", -10, 200), ("nbf", 10, 200), ("iat", 10, 200), ("exp", -60, 401), ("nbf", 60, 401), ("iat", 60, 401)]


@pytest.mark.parametrize(("claim", "seconds", "expected"), CLOCKS)
async def test_clocks_may_differ_by_half_a_minute(
    steady: tuple[Stack, Provider], claim: str, seconds: int, expected: int
) -> None:
    stack, provider = steady
    claims: dict[str, Any] = {claim: int(time.time()) + seconds}
    assert await status(stack, provider.token("alice", **claims)) == expected


async def test_one_of_several_audiences_is_enough(steady: tuple[Stack, Provider]) -> None:
    stack, provider = steady
    assert await status(stack, provider.token("alice", aud=["another", AUDIENCE])) == 200
    assert await status(stack, provider.token("alice", aud=["another"])) == 401
