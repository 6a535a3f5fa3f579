"""The provider's keys are cached, renewed, and requested at a limited rate."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from api.auth.jwks import STALE_SECONDS, Jwks, Unreachable
from tests.support.provider import Key, Provider, providing

SECONDS = 300.0
COOLDOWN = 10.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with providing() as running:
        yield running


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def jwks(provider: Provider, clock: Clock) -> AsyncIterator[Jwks]:
    async with httpx2.AsyncClient(timeout=5) as client:
        yield Jwks(client, f"{provider.issuer}/keys", ("RS256", "ES256", "EdDSA"), SECONDS, clock)


async def test_a_key_is_read_once_and_kept(provider: Provider, jwks: Jwks) -> None:
    for _ in range(5):
        assert await jwks.key(provider.key.kid, "RS256") is not None
    assert provider.asked == 1


async def test_a_new_key_is_found_when_a_token_names_it(provider: Provider, jwks: Jwks, clock: Clock) -> None:
    await jwks.key(provider.key.kid, "RS256")
    provider.keys.append(Key("ES256"))
    clock.now += COOLDOWN
    assert await jwks.key(provider.keys[1].kid, "ES256") is not None
    assert provider.asked == 2


async def test_unknown_key_ids_query_the_provider_at_a_limited_rate(
    provider: Provider, jwks: Jwks, clock: Clock
) -> None:
    await jwks.key(provider.key.kid, "RS256")
    for number in range(100):
        clock.now += COOLDOWN / 20
        assert await jwks.key(f"forged-{number}", "RS256") is None
    assert provider.asked <= 1 + 100 / 20


async def test_a_removed_key_is_dropped_at_the_next_renewal(provider: Provider, jwks: Jwks, clock: Clock) -> None:
    old = provider.key.kid
    await jwks.key(old, "RS256")
    provider.rotate()
    clock.now += SECONDS
    await jwks.refresh()
    assert await jwks.key(old, "RS256") is None
    assert await jwks.key(provider.key.kid, "RS256") is not None


BROKEN: list[tuple[int, bytes]] = [
    (500, b"{}"), (302, b""), (404, b""), (200, b""), (200, b"<html>"), (200, b"[]"), (200, b"{}"),
    (200, b'{"keys": 1}'), (200, b"[" * 100_000), (200, b'{"keys": [' + b" " * 2_000_000 + b"]}"), (200, b"\xff"),
]  # fmt: skip


@pytest.mark.parametrize("answer", BROKEN, ids=range(len(BROKEN)))
async def test_an_unusable_answer_keeps_the_known_keys(
    provider: Provider, jwks: Jwks, clock: Clock, answer: tuple[int, bytes]
) -> None:
    await jwks.key(provider.key.kid, "RS256")
    provider.answer = answer
    clock.now += SECONDS
    await jwks.refresh()
    assert provider.asked == 2
    assert await jwks.key(provider.key.kid, "RS256") is not None
    with pytest.raises(Unreachable):
        await jwks.key("another", "RS256")


async def test_keys_stay_valid_for_one_day_of_provider_outage(provider: Provider, jwks: Jwks, clock: Clock) -> None:
    kid = provider.key.kid
    await jwks.key(kid, "RS256")
    await provider.stop()
    clock.now += STALE_SECONDS - 1
    await jwks.refresh()
    assert await jwks.key(kid, "RS256") is not None
    clock.now += 2
    with pytest.raises(Unreachable):
        await jwks.key(kid, "RS256")


async def test_a_provider_that_never_answered_is_unreachable(provider: Provider, jwks: Jwks) -> None:
    await provider.stop()
    with pytest.raises(Unreachable):
        await jwks.key(provider.key.kid, "RS256")


async def test_an_empty_key_list_removes_every_key(provider: Provider, jwks: Jwks, clock: Clock) -> None:
    kid = provider.key.kid
    await jwks.key(kid, "RS256")
    provider.answer = (200, b'{"keys": []}')
    clock.now += SECONDS
    await jwks.refresh()
    assert await jwks.key(kid, "RS256") is None


async def test_a_malformed_key_does_not_hide_the_valid_ones(provider: Provider, jwks: Jwks) -> None:
    junk: list[Any] = [None, 1, "x", {}, {"kty": 1}, {"kty": "RSA"}, {"kty": "RSA", "n": 1, "e": []},
                       {"kty": "EC", "crv": "P-256", "x": "", "y": "AA"}, {"kty": "oct", "k": "AAAA", "kid": "o"},
                       {"kty": "OKP", "crv": "X25519", "x": "AA"}]  # fmt: skip
    provider.answer = (200, json.dumps({"keys": [*junk, provider.key.jwk]}).encode())
    assert await jwks.key(provider.key.kid, "RS256") is not None
    assert await jwks.key("o", "RS256") is None


@pytest.mark.parametrize(
    ("key_algorithm", "fields", "algorithm", "good"),
    [
        ("RS256", {"alg": None}, "RS256", True),
        ("RS256", {"use": None}, "RS256", True),
        ("ES256", {}, "ES256", True),
        ("EdDSA", {}, "EdDSA", True),
        ("RS256", {}, "ES256", False),
        ("RS512", {}, "RS256", False),
        ("RS256", {"use": "enc"}, "RS256", False),
        ("ES384", {"alg": None}, "ES256", False),
        ("RS256", {"alg": None}, "PS256", False),
    ],
)
async def test_a_key_serves_only_its_own_algorithm_and_use(
    provider: Provider, jwks: Jwks, key_algorithm: str, fields: dict[str, Any], algorithm: str, good: bool
) -> None:
    key = Key(key_algorithm, **fields)
    provider.keys = [key]
    assert (await jwks.key(key.kid, algorithm) is not None) == good


async def test_a_token_without_key_id_gets_the_only_key(provider: Provider, jwks: Jwks, clock: Clock) -> None:
    assert await jwks.key(None, "RS256") is not None
    provider.keys.append(Key())
    clock.now += SECONDS
    await jwks.refresh()
    assert await jwks.key(None, "RS256") is None
