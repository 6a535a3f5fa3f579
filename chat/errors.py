"""The errors that callers of the API receive, each with its HTTP status, stable code and sentence.

HoldfastError
├── 400  InvalidJson, InvalidHttp, BadCursor
├── 401  NoIdentity, BadToken
├── 403  WrongUser, WrongHost, Forwarded, CrossSite, NoGuests
├── 404  UnknownSession, UnknownTurn, UnknownMessage   the same answer for another user's session as for a missing one
├── 408  BodyTooSlow, HeadTooSlow
├── 409  NoQuestion, NotAQuestion, TooManyVersions, TurnRunning; those of `waiting_errors`
│        and `reply_errors`
├── 413  BodyTooLarge
├── 422  InvalidRequest: UnknownRole, UnknownModel, MaxTokensTooLarge, KeyReused, MessageEmpty, MessageTooLong
├── 429  LimitReached: RateLimited, TooManyGuests, TooManyTurns, TooManyTurnsHere, TooManyStreams, TooManySessions,
│        QuotaReached   /metrics counts them by `limit`
├── 431  HeadTooLarge
└── 503  QueueFull, QueueSlow, TooManyConnections, ProviderUnavailable, StoreFull, StoreWritesRefused, StoreUnavailable
"""

from typing import ClassVar


class HoldfastError(Exception):
    """An error that is returned to the caller. `extra` becomes further members of the problem document.

    `retry_after`: seconds after which the same request may succeed. `limit`: name of the limit reached, for metrics.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    retry_after: int | None = None
    limit: str = ""
    challenge: ClassVar[str | None] = None
    """The `WWW-Authenticate` header of a 401 (RFC 6750, 3)."""

    detail: str = "Something went wrong on the server. Try again. If it persists, check the server's log."

    def __init__(self, detail: str | None = None, **extra: str) -> None:
        self.detail = detail or self.detail
        self.extra = extra
        super().__init__(self.detail)


class InvalidRequest(HoldfastError):
    status = 422
    code = "invalid_request"
    detail = "The request is not valid."


class UnknownRole(InvalidRequest):
    code = "unknown_role"
    detail = "There is no such role. GET /roles lists the available roles."


class UnknownModel(InvalidRequest):
    code = "unknown_model"
    detail = "This model is not available. GET /models lists the available models."


class MaxTokensTooLarge(InvalidRequest):
    code = "max_tokens_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The session's model gives at most {limit} tokens. Choose a smaller length, or leave it out.")


class KeyReused(InvalidRequest):
    code = "idempotency_key_reused"
    detail = "This Idempotency-Key was used for another question. Use a new key for each question."


class MessageEmpty(InvalidRequest):
    code = "message_empty"
    detail = "The message is empty. Write something and send it again."


class MessageTooLong(InvalidRequest):
    code = "message_too_long"
    limit = "message_chars"

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(f"The message has {length} characters; the limit is {limit}. Shorten it or split it.")


class InvalidJson(HoldfastError):
    status = 400
    code = "invalid_json"
    detail = "The body is not valid JSON. Check it and send it again."


class InvalidHttp(HoldfastError):
    status = 400
    code = "invalid_http"
    detail = "This is not a valid HTTP/1.1 request. Check the client or the proxy that sent it."


class BadCursor(HoldfastError):
    status = 400
    code = "bad_cursor"
    detail = "The cursor does not belong to this turn. Use the last SSE id, <turn_id>:<seq>, or leave it out."


class NoIdentity(HoldfastError):
    status = 401
    code = "no_identity"
    challenge = "Bearer"
    detail = "The request has no identity. Send the cookie or bearer token that POST /auth/guest returns."


class BadToken(HoldfastError):
    status = 401
    code = "bad_token"
    challenge = 'Bearer error="invalid_token"'
    detail = "This token is not valid here or has expired. Get a new one with POST /auth/guest."


class WrongUser(HoldfastError):
    status = 403
    code = "wrong_user"
    detail = "The user_id differs from the user of your token. Leave user_id out."


class WrongHost(HoldfastError):
    status = 403
    code = "wrong_host"
    detail = "With AUTH_MODE=trust this server only accepts the name of its own machine. Use http://127.0.0.1."


class Forwarded(HoldfastError):
    status = 403
    code = "forwarded"
    detail = (
        "With AUTH_MODE=trust this server only answers its own machine, but this request came through a proxy. "
        "Open http://127.0.0.1 there, or ask the operator to use AUTH_MODE=guest."
    )


class CrossSite(HoldfastError):
    status = 403
    code = "cross_site"
    detail = (
        "This request came from a page of another site, which may not act for you. "
        "Open the chat itself, or ask the operator to add that page's origin to CORS_ORIGINS."
    )


class NoGuests(HoldfastError):
    status = 403
    code = "no_guests"
    detail = "This server does not accept guests. Sign in with its identity provider and send the provider's token."


class UnknownSession(HoldfastError):
    status = 404
    code = "unknown_session"
    detail = "You have no session with this id: it never existed, was deleted, or has expired. Start a new one."


class UnknownTurn(HoldfastError):
    status = 404
    code = "unknown_turn"
    detail = "You have no turn with this id, or it ended too long ago. The session's history has its reply."


class UnknownMessage(HoldfastError):
    status = 404
    code = "unknown_message"
    detail = "The session has no message with this id (any more). Load the history again."


class BodyTooSlow(HoldfastError):
    status = 408
    code = "body_too_slow"
    detail = "The request took too long to arrive. Send it again."


class HeadTooSlow(HoldfastError):
    status = 408
    code = "head_too_slow"
    detail = "The head of the request took too long to arrive. Send it again."


class BodyTooLarge(HoldfastError):
    status = 413
    code = "body_too_large"
    limit = "body_bytes"
    detail = "The request is too large. Shorten the message."


class HeadTooLarge(HoldfastError):
    status = 431
    code = "head_too_large"
    limit = "head_bytes"
    detail = "The address and the headers of the request are too long. Shorten them, or delete this site's cookies."


class NoQuestion(HoldfastError):
    status = 409
    code = "no_question"
    detail = "There is no question to answer again. Send a message."


class NotAQuestion(HoldfastError):
    status = 409
    code = "not_a_question"
    detail = "Only a question can be edited. Leave the message out to answer again, or send a question's id."


class TooManyVersions(HoldfastError):
    status = 409
    code = "too_many_versions"
    detail = "There are too many versions here: 1000 of one message, or 400 in one another. Ask in a new conversation."


class TurnRunning(HoldfastError):
    status = 409
    code = "turn_running"
    detail = "The session's last question is still being answered. Wait for it, or stop it."


class LimitReached(HoldfastError):
    status = 429
    code = "limit_reached"


class RateLimited(LimitReached):
    """Raised beyond a request rate. `limit`: one of `RATES`. `retry_after`: seconds until a request is accepted."""

    RATES = ("requests_per_user", "requests_per_address")
    code = "rate_limited"
    retry_after = 60

    def __init__(self, limit: str, retry_after: int) -> None:
        super().__init__(f"Too many requests in a short time. Wait {retry_after} seconds and try again.")
        self.limit = limit
        self.retry_after = retry_after


class TooManyGuests(LimitReached):
    """Raised beyond the rate of new guests of an address. `retry_after` as in `RateLimited`."""

    code = "too_many_guests"
    limit = "new_guests_per_address"
    retry_after = 3600

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many new guests came from your network. Wait {retry_after} seconds and try again.")
        self.retry_after = retry_after


class TooManyTurns(LimitReached):
    code = "too_many_turns"
    limit = "active_turns"
    retry_after = 5
    detail = "You have reached the limit of questions answered at once. Wait for an answer, or stop one."


class TooManyTurnsHere(LimitReached):
    code = "too_many_turns_here"
    limit = "active_turns_per_address"
    retry_after = 5
    detail = "Your network has reached the limit of questions answered at once. Try again in a moment."


class TooManyStreams(LimitReached):
    code = "too_many_streams"
    limit = "streams"
    retry_after = 10
    detail = "You have reached the limit of open streams. Close a tab or a connection, and try again."


class TooManySessions(LimitReached):
    code = "too_many_sessions"
    limit = "sessions"
    retry_after = 60
    """Succeeds only after a delete, but each limit has a wait, and another tab may delete meanwhile."""

    detail = "You have reached the limit of sessions. Delete one that you no longer need, and try again."


class QuotaReached(LimitReached):
    code = "quota_reached"
    limit = "stored_bytes"
    retry_after = 60
    """As in `TooManySessions`."""

    detail = "Your conversations have used up your storage. Delete some that you no longer need, and try again."


class QueueFull(HoldfastError):
    status = 503
    code = "queue_full"
    limit = "queue_depth"
    retry_after = 10
    detail = "Too many questions are waiting for an answer. Try again in a moment."


class QueueSlow(HoldfastError):
    status = 503
    code = "queue_slow"
    limit = "queue_seconds"
    retry_after = 30
    detail = "Questions wait too long for an answer right now. Try again in a moment."


class TooManyConnections(HoldfastError):
    status = 503
    code = "too_many_connections"
    limit = "connections"
    retry_after = 5
    detail = "This server has reached its limit of connections. Try again in a moment."


class ProviderUnavailable(HoldfastError):
    status = 503
    code = "identity_unavailable"
    retry_after = 5
    detail = "The server cannot reach the identity provider to check your token. Try again in a moment."


class StoreFull(HoldfastError):
    status = 503
    code = "store_full"
    limit = "store_memory"
    retry_after = 30
    detail = (
        "The server's store is full, so it accepts nothing new. Running answers continue, and you can still read, stop "
        "and delete. The operator must free memory or give the store more."
    )


class StoreWritesRefused(HoldfastError):
    status = 503
    code = "store_unavailable"
    retry_after = 5
    detail = (
        "The server's store accepts no writes right now: its disk may be full, or its replicas lost. "
        "Stored conversations can still be read. The operator must check the store."
    )


class StoreUnavailable(HoldfastError):
    status = 503
    code = "redis_unavailable"
    retry_after = 2
    detail = "The server cannot reach its store right now. Nothing was lost; try again in a moment."
