"""Who is asking: the one place where a request gets its user."""

import re
from typing import Annotated, Any, cast

from fastapi import Depends, Query, Request, Response

from api.auth import cookie
from api.auth.guests import new_guest
from api.deps import state_of
from api.limits.client_address import address_of
from api.state import State
from chat.errors import (
    BadToken,
    CrossSite,
    HoldfastError,
    InvalidRequest,
    NoGuests,
    NoIdentity,
    ProviderUnavailable,
    WrongUser,
)
from chat.telemetry.tracebacks import release

USER_ID = re.compile(r"[\w.@|+-]{1,128}")
SIGN_IN = "Sign in with the identity provider, and send its token: Authorization: Bearer <token>."

PRINCIPAL = "holdfast.principal"
"""Where the request's scope, which no other request has, keeps who was found out to speak."""

IDENTITY_ERRORS = (NoIdentity, BadToken, WrongUser, CrossSite, ProviderUnavailable)
"""What any route that needs a user may answer with."""

UserId = Annotated[
    str | None,
    Query(
        description="May be left out with a token, and must match it where given.",
        examples=["alice"],
        json_schema_extra={"pattern": f"^{USER_ID.pattern}$"},
    ),
]


async def principal_of(request: Request, response: Response) -> str | HoldfastError | None:
    """The user that the request speaks for, None, or why it is refused; found out once for each request.

    Why is a value here, for the limit of requests comes before the refusal: an exception would go past it.
    """
    scope = request.scope
    if PRINCIPAL not in scope:
        try:
            scope[PRINCIPAL] = await _known_user(request, response)
        except HoldfastError as refusal:
            release(refusal)  # its frames have the scope, and the scope has it
            scope[PRINCIPAL] = refusal
    return cast(str | HoldfastError | None, scope[PRINCIPAL])


async def _known_user(request: Request, response: Response) -> str | None:
    """The user that the request speaks for, or None.

    Raises `BadToken`, `ProviderUnavailable`, `WrongUser` or `InvalidRequest`.
    """
    state, user_id = state_of(request), request.query_params.get("user_id")
    signed_for = await _bearer_of(request, state)
    if user_id is not None and user_id != signed_for and not USER_ID.fullmatch(user_id):
        raise InvalidRequest("The user_id may have 1 to 128 letters, digits and . _ @ | + - only.")
    if signed_for is None and user_id is not None and state.settings.auth_mode == "trust":
        return user_id
    if signed_for is None and state.settings.auth_mode != "jwt":
        signed_for = cookie.user_of(request, response, state.guests)
    if signed_for is not None and user_id not in (None, signed_for):
        raise WrongUser
    return signed_for


async def _bearer_of(request: Request, state: State) -> str | None:
    """Whom the bearer token names; None without one. Whoever sends a token speaks for nobody else."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise BadToken
    if state.provider:
        return await state.provider.user_of(token.strip())
    return state.guests.read(token.strip()).user_id


async def _known(request: Request, response: Response) -> str | None:
    principal = await principal_of(request, response)
    if isinstance(principal, HoldfastError):
        raise principal
    return principal


# `user_id` is named below for the API's description; the speaker was told by it. Neither depends on the other, nor
# on what they share: FastAPI goes through every such step again for each route and request.


async def _user(request: Request, response: Response, user_id: UserId = None) -> str:
    known = await _known(request, response)
    if known is None:
        raise NoIdentity(SIGN_IN if state_of(request).provider else None)
    return known


async def _require_account(request: Request, response: Response) -> None:
    """Where an identity provider's tokens count, only those that have one come in; else anybody does."""
    if state_of(request).provider:
        await _user(request, response)


async def _user_or_new_guest(request: Request, response: Response, user_id: UserId = None) -> str:
    """A browser's first call: whoever is nobody yet becomes a guest and gets the cookie. Raises `TooManyGuests`."""
    state = state_of(request)
    if state.provider or user_id is not None or await _known(request, response) is not None:
        return await _user(request, response)
    user_id = await _new_guest(request)
    cookie.set_token(request, response, state.guests.sign(user_id))
    return user_id


async def _new_guest(request: Request) -> str:
    """Raises `NoGuests` or `TooManyGuests`. In `trust` mode anybody is whoever it likes anyway."""
    state = state_of(request)
    if state.provider:
        raise NoGuests
    if state.settings.auth_mode == "guest":
        await state.limits.count_guest(address_of(request.scope))
    return new_guest()


User = Annotated[str, Depends(_user)]
UserOrNewGuest = Annotated[str, Depends(_user_or_new_guest)]
NewGuest = Annotated[str, Depends(_new_guest)]

REQUIRES_ACCOUNT: Any = Depends(_require_account)
"""Of a route that is about nobody, and still not for strangers in `jwt` mode."""
