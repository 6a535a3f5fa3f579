"""Determines the user of each request."""

import re
from typing import cast

from fastapi import Request, Response
from structlog.contextvars import bind_contextvars

from api.auth import cookie, scopes
from api.auth.guests import Guests, new_guest
from api.auth.provider import Provider
from api.limits.client_address import address_of
from api.limits.rates import RequestLimits
from chat.api_token_errors import TokenForbidden
from chat.api_token_records import PREFIX, TokenRecords
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
from chat.settings import Settings
from chat.telemetry.tracebacks import release

USER_ID = re.compile(r"[\w.@|+-]{1,128}")
SIGN_IN = "Sign in with the identity provider, and send its token: Authorization: Bearer <token>."

PRINCIPAL = "holdfast.principal"
"""Key in the request's scope under which the result of `Identity.principal_of` is cached."""

IDENTITY_ERRORS = (NoIdentity, BadToken, WrongUser, CrossSite, TokenForbidden, ProviderUnavailable)
"""Errors that any route with a user may answer with."""


class Identity:
    """Finds the user of a request by its token, its cookie or, in `trust` mode, its `user_id`.

    `provider`: the identity provider, in `jwt` mode; its tokens replace those of guests. `api_tokens`: those that users
    have made, in every mode.
    """

    def __init__(
        self,
        settings: Settings,
        guests: Guests,
        provider: Provider | None,
        api_tokens: TokenRecords,
        limits: RequestLimits,
    ) -> None:
        self._auth_mode = settings.auth_mode
        self._api_tokens = api_tokens
        self._guests = guests
        self._provider = provider
        self._limits = limits

    async def principal_of(self, request: Request, response: Response) -> str | HoldfastError | None:
        """Returns the request's user id, None without one, or the error that rejects it. Computed once per request.

        The error is returned, not raised, so that rate limiting runs before the request is rejected.
        """
        scope = request.scope
        if PRINCIPAL not in scope:
            try:
                scope[PRINCIPAL] = await self._known_user(request, response)
            except HoldfastError as refusal:
                release(refusal)  # otherwise a reference cycle: its frames refer to the scope, which refers to it
                scope[PRINCIPAL] = refusal
        return cast(str | HoldfastError | None, scope[PRINCIPAL])

    async def user_of(self, request: Request, response: Response) -> str:
        """Returns the user id. Raises `NoIdentity` or what rejects the request."""
        known = await self._known(request, response)
        if known is None:
            raise NoIdentity(SIGN_IN if self._provider else None)
        return known

    async def require_account(self, request: Request, response: Response) -> None:
        """Raises `NoIdentity` in `jwt` mode for a request without a token; otherwise it accepts every request."""
        if self._provider:
            await self.user_of(request, response)

    async def user_or_new_guest(self, request: Request, response: Response, user_id: str | None) -> str:
        """Returns the user id; a request without an identity becomes a new guest and gets the cookie.

        Raises `NoIdentity` in `jwt` mode or for a `user_id` without a token or cookie; or `TooManyGuests`.
        """
        if self._provider or user_id is not None or await self._known(request, response) is not None:
            return await self.user_of(request, response)
        user_id = await self.new_guest(request)
        cookie.set_token(request, response, self._guests.sign(user_id))
        return user_id

    async def new_guest(self, request: Request) -> str:
        """Returns a new guest's user id. Raises `NoGuests` in `jwt` mode, or `TooManyGuests` in `guest` mode.

        `trust` mode has no limit of new guests, because there a client may name any user id.
        """
        if self._provider:
            raise NoGuests
        if self._auth_mode == "guest":
            await self._limits.count_guest(address_of(request.scope))
        return new_guest()

    async def _known(self, request: Request, response: Response) -> str | None:
        """As `principal_of`, but raises the error."""
        principal = await self.principal_of(request, response)
        if isinstance(principal, HoldfastError):
            raise principal
        return principal

    async def _known_user(self, request: Request, response: Response) -> str | None:
        """Returns the request's user id; None without any.

        Raises `BadToken`, `ProviderUnavailable`, `WrongUser` or `InvalidRequest`.
        """
        user_id = request.query_params.get("user_id")
        signed_for = await self._bearer_of(request)
        if user_id is not None and user_id != signed_for and not USER_ID.fullmatch(user_id):
            raise InvalidRequest("The user_id may have 1 to 128 letters, digits and . _ @ | + - only.")
        if signed_for is None and user_id is not None and self._auth_mode == "trust":
            return user_id
        if signed_for is None and self._auth_mode != "jwt":
            signed_for = cookie.user_of(request, response, self._guests)
        if signed_for is not None and user_id not in (None, signed_for):
            raise WrongUser
        return signed_for

    async def _bearer_of(self, request: Request) -> str | None:
        """Returns the user id in the bearer token; None without an Authorization header. Raises `BadToken` for another
        scheme: a request with that header is never identified by its cookie or `user_id`."""
        header = request.headers.get("authorization")
        if header is None:
            return None
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer":
            raise BadToken
        token = token.strip()
        if token.startswith(PREFIX):
            return await self._owner_of(token, request)
        if self._provider:
            return await self._provider.user_of(token)
        return self._guests.read(token).user_id

    async def _owner_of(self, token: str, request: Request) -> str:
        """Returns the user of an API token, and notes what the token may do. Raises `BadToken`."""
        bearer = await self._api_tokens.find(token)
        bind_contextvars(api_token=bearer.id)
        request.scope[scopes.BEARER] = bearer
        return bearer.user_id
