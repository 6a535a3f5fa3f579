"""Signs and verifies the tokens of guests: users without an account."""

import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import uuid4

import jwt

from chat.errors import BadToken
from chat.settings import Settings

LIFETIME = 365 * 86_400
"""Seconds that a token is valid."""

RENEW_AFTER = 7 * 86_400
"""Age in seconds from which a cookie is renewed, so that it expires only after `LIFETIME` without a visit."""

ISSUER = "holdfast"
ALGORITHM = "HS256"

CACHE_SIZE = 4096
"""Verified tokens that are cached, so that their signature is not checked again in each request."""


@dataclass(frozen=True)
class Guest:
    """The guest that a token names. `is_due`: the token should be renewed."""

    user_id: str
    is_due: bool


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a verified token; times in seconds since the epoch."""

    user_id: str
    issued: float
    expires: float
    is_current: bool
    """Signed with `SECRET_KEY`, not with the previous key."""


def new_guest() -> str:
    """Returns a new guest's user id."""
    return f"guest-{uuid4().hex}"


class Guests:
    """Signs with `SECRET_KEY`, and also accepts `SECRET_KEY_PREVIOUS`, so that a change of keys signs no guest out."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.secret_key.get_secret_value()
        self._previous = settings.secret_key_previous.get_secret_value()
        self._claims = lru_cache(CACHE_SIZE)(self._read)

    def sign(self, user_id: str) -> str:
        """Returns a token for the user id, valid for `LIFETIME` seconds."""
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": user_id, "iat": now, "exp": now + LIFETIME}
        return jwt.encode(claims, self._key, ALGORITHM)

    def read(self, token: str) -> Guest:
        """Returns the guest that the token names. Raises `BadToken`."""
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
