"""Guests: people without an account, known by a token that we signed."""

import time
from dataclasses import dataclass
from uuid import uuid4

import jwt

from chat.errors import BadToken
from chat.settings import Settings

LIFETIME = 365 * 86_400
RENEW_AFTER = 7 * 86_400
"""Seconds. A cookie that is older is given anew, so that it ends only for who stays away for `LIFETIME`."""

ISSUER = "holdfast"
ALGORITHM = "HS256"


@dataclass(frozen=True)
class Guest:
    """Whom a token names; `is_due` where it should be signed anew."""

    user_id: str
    is_due: bool


def new_guest() -> str:
    return f"guest-{uuid4().hex}"


class Guests:
    """Signs with `SECRET_KEY`, and believes `SECRET_KEY_PREVIOUS` too, so that changing keys throws nobody out."""

    def __init__(self, settings: Settings) -> None:
        self._key = settings.secret_key.get_secret_value()
        self._previous = settings.secret_key_previous.get_secret_value()

    def sign(self, user_id: str) -> str:
        """A token that says who its bearer is, for `LIFETIME` seconds."""
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": user_id, "iat": now, "exp": now + LIFETIME}
        return jwt.encode(claims, self._key, ALGORITHM)

    def read(self, token: str) -> Guest:
        """Raises `BadToken`."""
        try:
            guest = _read(token, self._key)
        except BadToken:
            if not self._previous:
                raise
            return Guest(_read(token, self._previous).user_id, is_due=True)
        return guest


def _read(token: str, key: str) -> Guest:
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["sub", "exp", "iss"], "verify_iat": False},  # replicas' clocks differ
        )
        issued = float(claims.get("iat", 0))
    except (jwt.PyJWTError, TypeError, ValueError):
        raise BadToken from None
    return Guest(str(claims["sub"]), is_due=time.time() - issued > RENEW_AFTER)
