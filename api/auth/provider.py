"""Verifies bearer tokens of an identity provider (`AUTH_MODE=jwt`, RFC 7519); `sub` is the user id."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import jwt
from jwt.exceptions import InvalidSubjectError

from api.auth.jwks import FETCH_SECONDS, Jwks, Unreachable
from chat.errors import BadToken, ProviderUnavailable
from chat.settings import Settings

LONGEST_SUBJECT = 255
"""Longest `sub`, in characters (OpenID Connect Core 1.0, 2)."""

REFUSED = "This token is not valid here or has expired. Get a new one from the identity provider."


class Provider:
    """Accepts tokens that one of the provider's keys signed, with its issuer and our audience, and not expired."""

    def __init__(self, settings: Settings, jwks: Jwks) -> None:
        self._settings = settings
        self.jwks = jwks

    async def user_of(self, token: str) -> str:
        """Returns the user id in a token. Raises `BadToken`, or `ProviderUnavailable` if its key cannot be fetched."""
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(header.get("kid"), header.get("alg"))
            return self._subject(token, key)
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            raise BadToken(REFUSED) from None
        except Unreachable:
            raise ProviderUnavailable from None

    async def _key(self, kid: object, algorithm: object) -> jwt.PyJWK:
        """Returns the key, for an algorithm that the settings allow only: the token must not choose how it is checked.

        Raises a `jwt.PyJWTError` or `Unreachable`.
        """
        if not isinstance(algorithm, str) or algorithm not in self._settings.jwt_algorithms:
            raise jwt.InvalidAlgorithmError
        key = await self.jwks.key(kid if isinstance(kid, str) else None, algorithm)
        if key is None:
            raise jwt.InvalidKeyError
        return key

    def _subject(self, token: str, key: jwt.PyJWK) -> str:
        settings = self._settings
        claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            leeway=settings.jwt_leeway,
            options={"require": ["exp", "iss", "aud", "sub"], "enforce_minimum_key_length": True},
        )
        subject = str(claims["sub"])
        subject.encode()  # raises for half of a surrogate pair, which is no valid user id
        if not subject.strip() or len(subject) > LONGEST_SUBJECT:
            raise InvalidSubjectError
        return subject


@asynccontextmanager
async def open_provider(settings: Settings) -> AsyncIterator[Provider]:
    """Opens the provider of the settings, with an HTTP client that follows no redirects."""
    async with httpx2.AsyncClient(timeout=FETCH_SECONDS, follow_redirects=False) as client:
        yield Provider(
            settings, Jwks(client, settings.jwt_jwks_url, settings.jwt_algorithms, settings.jwt_jwks_seconds)
        )
