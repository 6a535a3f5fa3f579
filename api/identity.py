"""Who is asking. Guests carry a signed token, as a cookie or a bearer token."""

import re
import time
from typing import Annotated
from uuid import uuid4

import jwt
from fastapi import Depends, Query, Request, Response

from api.deps import AppState
from chat.errors import BadToken, HoldfastError, InvalidRequest, NoIdentity, WrongUser
from chat.settings import Settings

COOKIE = "holdfast"
LIFETIME = 365 * 86_400
ISSUER = "holdfast"
ALGORITHM = "HS256"
USER_ID = re.compile(r"[\w.@|+-]{1,128}")

UserId = Annotated[
    str | None,
    Query(
        description="May be left out with a token, and must match it where given.",
        examples=["alice"],
        json_schema_extra={"pattern": f"^{USER_ID.pattern}$"},
    ),
]


def new_guest() -> str:
    return f"guest-{uuid4().hex}"


def sign(user_id: str, settings: Settings) -> str:
    """A token that says who its bearer is, for `LIFETIME` seconds."""
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": user_id, "iat": now, "exp": now + LIFETIME}
    return jwt.encode(claims, settings.secret_key.get_secret_value(), ALGORITHM)


def verify(token: str, settings: Settings) -> str:
    """The user id that a token was signed for. Raises `BadToken`."""
    try:
        claims = jwt.decode(
            token,
            settings.secret_key.get_secret_value(),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": ["sub", "exp", "iss"], "verify_iat": False},  # replicas' clocks differ
        )
    except jwt.InvalidTokenError:
        raise BadToken from None
    return str(claims["sub"])


def _speaker(request: Request, state: AppState) -> str | HoldfastError | None:
    """The user that the request speaks for, None, or why it is refused: for those who only count."""
    try:
        return _known_user(request, state, request.query_params.get("user_id"))
    except HoldfastError as refusal:
        return refusal


def _known_user(request: Request, state: AppState, user_id: str | None) -> str | None:
    """The user that the request speaks for, or None. Raises `BadToken`, `WrongUser` or `InvalidRequest`."""
    if user_id is not None and not USER_ID.fullmatch(user_id):
        raise InvalidRequest("The user_id may have 1 to 128 letters, digits and . _ @ | + - only.")
    trusted = user_id if state.settings.auth_mode == "trust" else None
    signed_for = _signed_for(request, state.settings, with_cookie=not trusted)
    if signed_for is None:
        return trusted
    if user_id not in (None, signed_for):
        raise WrongUser
    return signed_for


def _signed_for(request: Request, settings: Settings, *, with_cookie: bool) -> str | None:
    """Whom the request's token names. A browser cannot drop a stale cookie, so that one counts as none."""
    if bearer := _bearer(request):
        return verify(bearer, settings)
    cookie = request.cookies.get(COOKIE) if with_cookie else None
    try:
        return verify(cookie, settings) if cookie else None
    except BadToken:
        return None


def _bearer(request: Request) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise BadToken
    return token.strip()


Speaker = Annotated[str | HoldfastError | None, Depends(_speaker)]


def _known(speaker: Speaker, user_id: UserId = None) -> str | None:
    """`user_id` is named for the API's description; the speaker was told by it."""
    if isinstance(speaker, HoldfastError):
        raise speaker
    return speaker


KnownUser = Annotated[str | None, Depends(_known)]


def _user(known: KnownUser) -> str:
    if known is None:
        raise NoIdentity
    return known


def _user_or_new_guest(known: KnownUser, request: Request, response: Response, state: AppState) -> str:
    """A browser's first call: whoever is nobody yet becomes a guest and gets the cookie."""
    if known is not None:
        return known
    if request.query_params.get("user_id") is not None:
        raise NoIdentity
    user_id = new_guest()
    response.set_cookie(
        COOKIE,
        sign(user_id, state.settings),
        max_age=LIFETIME,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return user_id


User = Annotated[str, Depends(_user)]
UserOrNewGuest = Annotated[str, Depends(_user_or_new_guest)]
