"""Caches and renews the identity provider's public keys (RFC 7517)."""

import asyncio
import json
import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import structlog
from jwt import PyJWK

FETCH_SECONDS = 5
"""Timeout of one fetch."""

MAX_BODY_BYTES = 1 << 20
"""Largest key set that is accepted; real ones are far smaller."""

PLAIN_JSON = {"Accept": "application/json", "Accept-Encoding": "identity"}
"""Asks for an uncompressed body, so that `MAX_BODY_BYTES` bounds the real size."""

FETCHES_PER_PERIOD = 30
"""Fetches allowed within one renewal period (`JWT_JWKS_SECONDS`), those for unknown key ids included."""

STALE_SECONDS = 86_400
"""How long cached keys are used while the provider is unreachable; after that they may have been revoked."""

logger = structlog.get_logger(__name__)

_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}

Keys = dict[tuple[str | None, str], PyJWK]


class Unreachable(Exception):
    """Raised when the last fetch failed, so that an unknown or stale key can be neither accepted nor rejected."""


class Jwks:
    """Caches keys by key id and algorithm. `run` renews them every `seconds`; keys that the provider removed go then.

    An unknown key id triggers a fetch at most every `seconds / FETCHES_PER_PERIOD`, so that forged ones cannot flood
    the provider.
    """

    def __init__(
        self,
        client: httpx2.AsyncClient,
        url: str,
        algorithms: Sequence[str],
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._url = url
        self._algorithms = algorithms
        self._seconds = seconds
        self._cooldown = seconds / FETCHES_PER_PERIOD
        self._clock = clock
        self._keys: Keys = {}
        self._attempted_at = self._succeeded_at = -math.inf
        self._fetching = asyncio.Lock()

    async def run(self) -> None:
        """Renews the keys until cancelled; more often while the provider is unreachable."""
        while True:
            await self.refresh()
            await asyncio.sleep(self._seconds if self._last_fetch_succeeded else self._cooldown)

    async def key(self, kid: str | None, algorithm: str) -> PyJWK | None:
        """Returns the key with this id for this algorithm; None if the provider has none. Raises `Unreachable`."""
        if (kid, algorithm) not in self._keys:
            await self.refresh()
        if self._clock() - self._succeeded_at > STALE_SECONDS:
            raise Unreachable
        found = self._keys.get((kid, algorithm))
        if found is None and not self._last_fetch_succeeded:
            raise Unreachable
        return found

    @property
    def _last_fetch_succeeded(self) -> bool:
        return self._succeeded_at >= self._attempted_at

    async def refresh(self) -> None:
        """Fetches the keys, unless the last attempt was just before. Keeps the cached keys when the fetch fails."""
        async with self._fetching:
            if self._clock() - self._attempted_at < self._cooldown:
                return
            self._attempted_at = self._clock()
            try:
                async with asyncio.timeout(FETCH_SECONDS):
                    document = await self._fetch()
                self._keys = _usable(document, self._algorithms)
                self._succeeded_at = self._attempted_at
            except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError, RecursionError) as error:
                logger.warning("jwks_unreachable", error=type(error).__name__)

    async def _fetch(self) -> Any:
        async with self._client.stream("GET", self._url, headers=PLAIN_JSON) as response:
            if response.status_code != 200:
                raise ValueError(f"status {response.status_code}")
            body = bytearray()
            async for piece in response.aiter_raw():
                body += piece
                if len(body) > MAX_BODY_BYTES:
                    raise ValueError("too large")
        return json.loads(body)


def _usable(document: Any, algorithms: Sequence[str]) -> Keys:
    """Returns the signing keys by id and algorithm; also under the id None where an algorithm has only one key.

    Raises `ValueError` for anything but a key set.
    """
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("no key set")
    keys: Keys = {}
    for algorithm in algorithms:
        found = [(data, key) for data in document["keys"] if (key := _key(data, algorithm))]
        keys |= {(data["kid"], algorithm): key for data, key in found if isinstance(data.get("kid"), str)}
        if len(found) == 1:
            keys[None, algorithm] = found[0][1]
    return keys


def _key(data: Any, algorithm: str) -> PyJWK | None:
    """Returns the key for this algorithm; None if it is for another one, for encryption, or broken."""
    if not isinstance(data, dict) or data.get("use", "sig") != "sig":
        return None
    if data.get("alg", algorithm) != algorithm or data.get("kty") != _KINDS[algorithm[:2]]:
        return None
    try:
        key = PyJWK(data, algorithm)
        key.Algorithm.prepare_key(key.key)
    except Exception as error:  # a broken key must not make the other keys unusable
        logger.warning("jwk_unusable", error=type(error).__name__)
        return None
    return key
