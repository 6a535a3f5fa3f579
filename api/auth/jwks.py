"""The identity provider's public keys (RFC 7517), kept and renewed without ever holding up a request for long."""

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
MAX_BODY_BYTES = 1 << 20
"""Bytes. No provider has so many keys."""

PLAIN_JSON = {"Accept": "application/json", "Accept-Encoding": "identity"}
"""Not compressed, so that what comes is as large as it looks."""

FETCHES_PER_PERIOD = 30
"""How often at the most, in a life of the cache, a key that is not known makes us look for it."""

STALE_SECONDS = 86_400
"""How long keys are good while the provider cannot be asked. Then nobody knows whether they were withdrawn."""

logger = structlog.get_logger(__name__)

_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}

Keys = dict[tuple[str | None, str], PyJWK]


class Unreachable(Exception):
    """The provider gave no keys when it was last asked, so a key that is not known may yet be good."""


class Jwks:
    """Keys by key id and algorithm. `run` renews them every `seconds`; a key that vanished is gone with that.

    Forged key ids cannot hammer the provider: it is asked for an unknown one once in `seconds / LOOKS`.
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
        while True:
            await self.refresh()
            await asyncio.sleep(self._seconds if self._last_fetch_succeeded else self._cooldown)

    async def key(self, kid: str | None, algorithm: str) -> PyJWK | None:
        """The key that signs under this id; None where there is none. Raises `Unreachable`."""
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
        """Ask the provider, unless it was asked a moment ago. Keeps the keys where it gives no answer."""
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
    """The keys that may sign, under their id; under None too where one alone is good for an algorithm.

    Raises `ValueError` for what is no key set.
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
    """The key for this algorithm, unless it is for another one, for encryption, or broken."""
    if not isinstance(data, dict) or data.get("use", "sig") != "sig":
        return None
    if data.get("alg", algorithm) != algorithm or data.get("kty") != _KINDS[algorithm[:2]]:
        return None
    try:
        key = PyJWK(data, algorithm)
        key.Algorithm.prepare_key(key.key)
    except Exception as error:  # whatever is wrong with one key, it must not cost the others
        logger.warning("jwk_unusable", error=type(error).__name__)
        return None
    return key
