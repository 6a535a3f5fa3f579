"""Guests: people without an account, known by a token that we signed."""

import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import uuid4

import jwt

from chat.errors import BadToken
from chat.settings import Settings

LIFETIME = 365 * 86_400
RENEW_AFTER = 7 * 86_400
"""Seconds. A cookie that is older is given anew, so that it ends only for who stays away for `LIFETIME`."""

ISSUER = "holdfast"
ALGORITHM = "HS256"


CACHE_SIZE = 4096
"""Tokens whose signature is not looked at again in each request."""


@dataclass(frozen=True)
class Guest:
    """Whom a token names; `is_due` where it should be signed anew."""

    user_id: str
    is_due: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says that we signed; times in seconds since the epoch."""

    user_id: str
    issued: float
    expires: float
    is_current: bool
    """Signed with the present key."""


def new_guest() -> str:
    return f"guest-{uuid4().hex}"


class Guests:
    """Signs with `SECRET_KEY`, and believes `SECRET_KEY_PREVIOUS` too, so that changing keys throws nobody out."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.secret_key.get_secret_value()
        self._previous = settings.secret_key_previous.get_secret_value()
        self._claims = lru_cache(CACHE_SIZE)(self._read)

    def sign(self, user_id: str) -> str:
        """A token that says who its bearer is, for `LIFETIME` seconds."""
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": user_id, "iat": now, "exp": now + LIFETIME}
        return jwt.encode(claims, self._key, ALGORITHM)

    def read(self, token: str) -> Guest:
        """Raises `BadToken`."""
        claims, now = self._claims(token), time.time()
        if now >= claims.expires:
            raise BadToken
        return Guest(claims.user_id, is_due=not claims.is_current or now - claims.issued > RENEW_AFTER)

    def _read(self, token: str) -> Claims:
        try:
            return _verified(token, self._key, is_current=True)
        except BadToken:
            if not self._previous:
                raise
        return _verified(token, self._previous, is_current=False)


def _verified(token: str, key: str, *, is_current: bool) -> Claims:
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["sub", "exp", "iss"], "verify_iat": False},  # replicas' clocks differ
        )
        return Claims(str(claims["sub"]), float(claims.get("iat", 0)), float(claims["exp"]), is_current)
    except (jwt.PyJWTError, TypeError, ValueError):
        raise BadToken from None
