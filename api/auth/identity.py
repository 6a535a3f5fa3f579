"""Determines the user of each request, and gives routes their user dependencies."""

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
"""Key in the request's scope under which the result of `principal_of` is cached."""

IDENTITY_ERRORS = (NoIdentity, BadToken, WrongUser, CrossSite, ProviderUnavailable)
"""Errors that any route with a user may answer with."""

UserId = Annotated[
    str | None,
    Query(
        description="Optional with a token. If given, it must match the token's user.",
        examples=["alice"],
        json_schema_extra={"pattern": f"^{USER_ID.pattern}$"},
    ),
]


async def principal_of(request: Request, response: Response) -> str | HoldfastError | None:
    """Returns the request's user id, None without one, or the error that rejects it. Computed once per request.

    The error is returned, not raised, so that rate limiting runs before the request is rejected.
    """
    scope = request.scope
    if PRINCIPAL not in scope:
        try:
            scope[PRINCIPAL] = await _known_user(request, response)
        except HoldfastError as refusal:
            release(refusal)  # otherwise a reference cycle: its frames refer to the scope, which refers to it
            scope[PRINCIPAL] = refusal
    return cast(str | HoldfastError | None, scope[PRINCIPAL])


async def _known_user(request: Request, response: Response) -> str | None:
    """Returns the request's user id, from its token, cookie or, in `trust` mode, `user_id`; None without any.

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
    """Returns the user id in the bearer token; None without an Authorization header. Raises `BadToken` for another
    scheme: a request with that header is never identified by its cookie or `user_id`."""
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
    """As `principal_of`, but raises the error."""
    principal = await principal_of(request, response)
    if isinstance(principal, HoldfastError):
        raise principal
    return principal


# `user_id` is a parameter below only for the OpenAPI document: `principal_of` reads it from the query. These functions
# call each other instead of depending on each other, because FastAPI resolves every dependency again per request.


async def _user(request: Request, response: Response, user_id: UserId = None) -> str:
    """Returns the user id. Raises `NoIdentity` or what rejects the request."""
    known = await _known(request, response)
    if known is None:
        raise NoIdentity(SIGN_IN if state_of(request).provider else None)
    return known


async def _require_account(request: Request, response: Response) -> None:
    """Raises `NoIdentity` in `jwt` mode for a request without a token; in the other modes it accepts every request."""
    if state_of(request).provider:
        await _user(request, response)


async def _user_or_new_guest(request: Request, response: Response, user_id: UserId = None) -> str:
    """Returns the user id; a request without an identity becomes a new guest and gets the cookie.

    Raises `NoIdentity` in `jwt` mode or for a `user_id` without a token or cookie; or `TooManyGuests`.
    """
    state = state_of(request)
    if state.provider or user_id is not None or await _known(request, response) is not None:
        return await _user(request, response)
    user_id = await _new_guest(request)
    cookie.set_token(request, response, state.guests.sign(user_id))
    return user_id


async def _new_guest(request: Request) -> str:
    """Returns a new guest's user id. Raises `NoGuests` in `jwt` mode, or `TooManyGuests` in `guest` mode.

    `trust` mode has no limit of new guests, because there a client may name any user id.
    """
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
"""Dependency of routes without a user that still need a token in `jwt` mode."""
