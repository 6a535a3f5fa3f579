"""The cookie in which a browser keeps its guest token."""

from fastapi import Request, Response

from api.auth.guests import LIFETIME, Guests
from chat.errors import BadToken


def name(request: Request) -> str:
    """Returns the cookie's name. Over TLS its prefix binds the cookie to this host (RFC 6265bis, 4.1.3.2)."""
    return "__Host-holdfast" if _is_secure(request) else "holdfast"


def set_token(request: Request, response: Response, token: str) -> None:
    """Sets the cookie on the response."""
    response.set_cookie(
        name(request), token, max_age=LIFETIME, httponly=True, samesite="lax", secure=_is_secure(request)
    )


def user_of(request: Request, response: Response, guests: Guests) -> str | None:
    """Returns the user id in the cookie, and renews the cookie when that is due.

    An invalid cookie counts as none, because a browser keeps sending it.
    """
    token = request.cookies.get(name(request))
    if not token:
        return None
    try:
        guest = guests.read(token)
    except BadToken:
        return None
    if guest.is_due:
        set_token(request, response, guests.sign(guest.user_id))
    return guest.user_id


def _is_secure(request: Request) -> bool:
    return request.url.scheme == "https"
