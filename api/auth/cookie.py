"""The cookie in which a browser keeps its guest token."""

from fastapi import Request, Response

from api.auth.guests import LIFETIME, Guests
from chat.errors import BadToken


def name(request: Request) -> str:
    """Behind TLS a name that browsers take from this very host only (RFC 6265bis, 4.1.3.2)."""
    return "__Host-holdfast" if _is_secure(request) else "holdfast"


def set_token(request: Request, response: Response, token: str) -> None:
    response.set_cookie(
        name(request), token, max_age=LIFETIME, httponly=True, samesite="lax", secure=_is_secure(request)
    )


def user_of(request: Request, response: Response, guests: Guests) -> str | None:
    """Whom the cookie names, renewing it where that is due. A browser cannot drop a stale one: it counts as none."""
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
