"""The errors of API tokens that callers of the API receive.

401  BadApiToken        the same answer for a token that never existed, was revoked, or has expired
403  TokenForbidden
404  UnknownApiToken    the same answer for another user's token as for a missing one
429  TooManyApiTokens
"""

from chat.errors import BadToken, HoldfastError, LimitReached


class BadApiToken(BadToken):
    detail = (
        "This API token does not work here: it was mistyped or revoked, or has expired. "
        "Make a new one in the settings of the page, or with POST /me/tokens."
    )


class TokenForbidden(HoldfastError):
    status = 403
    code = "token_forbidden"
    detail = (
        "An API token may not do this, whatever its scopes: API tokens, the export of everything and the deletion of "
        "everything need your own sign-in. Use the page."
    )

    @classmethod
    def to_write(cls) -> "TokenForbidden":
        """Returns the error for a token that may only read."""
        return cls("This API token may only read. Make one with the scope chat for requests that change something.")


class UnknownApiToken(HoldfastError):
    status = 404
    code = "unknown_api_token"
    detail = "You have no API token with this id: it never existed, or was revoked. GET /me/tokens lists yours."


class TooManyApiTokens(LimitReached):
    code = "too_many_api_tokens"
    limit = "api_tokens"
    retry_after = 60
    """As in `chat.errors.TooManySessions`."""

    detail = "You have reached the limit of API tokens. Revoke one that you no longer need, and try again."
