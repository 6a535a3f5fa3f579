"""Decides what API tokens may do: the scope that each route needs of one."""

from starlette.types import Scope as AsgiScope

from chat.api_token_errors import TokenForbidden
from chat.api_token_records import Bearer

BEARER = "holdfast.bearer"
"""Key in the request's scope of what its API token may do; absent in a request without one."""

READS = frozenset(
    {
        "GET /me",
        "GET /me/tags",
        "GET /me/personas",
        "GET /me/personas-file",
        "GET /me/personas/{persona_id}",
        "GET /roles",
        "GET /models",
        "GET /chat/sessions",
        "GET /chat/sessions/{session_id}/export",
        "GET /chat/history",
        "GET /chat/tools",
        "GET /chat/turns/{turn_id}",
        "GET /chat/turns/{turn_id}/events",
        "GET /files/{file_id}",
        "GET /shares/{link_id}",
        "GET /shares/{link_id}/files/{file_id}",
        "POST /chat/search",
        "GET /v1/models",
        "GET /v1/models/{model_id:path}",
        "GET /v1/responses/{response_id}",
        "GET /v1/responses/{response_id}/input_items",
        "GET /ai-sdk/chat/{chat_id:path}/messages",
        "GET /ai-sdk/chat/{chat_id:path}/stream",
    }
)
"""Routes for tokens of both scopes. They change nothing: a search is a POST to keep its words out of addresses."""

CHANGES = frozenset(
    {
        "POST /me/import",
        "POST /me/personas",
        "POST /me/personas-file",
        "PUT /me/personas/{persona_id}",
        "DELETE /me/personas/{persona_id}",
        "POST /chat/start",
        "PATCH /chat/sessions/{session_id}",
        "DELETE /chat/sessions/{session_id}",
        "DELETE /chat/session/{session_id}",
        "DELETE /chat/sessions/{session_id}/messages/{message_id}",
        "PUT /chat/sessions/{session_id}/messages/{message_id}/feedback",
        "DELETE /chat/sessions/{session_id}/messages/{message_id}/feedback",
        "POST /chat/sessions/{session_id}/waiting/resume",
        "DELETE /chat/sessions/{session_id}/waiting",
        "DELETE /chat/history/{session_id}",
        "GET /chat/stream",  # asks
        "POST /chat/turns",
        "PATCH /chat/turns/{turn_id}",
        "POST /chat/turns/{turn_id}/cancel",
        "POST /chat/turns/{turn_id}/approvals",
        "POST /files",
        "DELETE /files/{file_id}",
        "POST /v1/chat/completions",
        "POST /v1/responses",
        "POST /v1/responses/{response_id}/cancel",
        "DELETE /v1/responses/{response_id}",
        "POST /ai-sdk/chat",
        "POST /ai-sdk/chat/{chat_id:path}/stop",
        "POST /ag-ui",
        "POST /ag-ui/{thread_id:path}/stop",
    }
)
"""Routes for tokens with the scope `chat`."""

CLOSED = frozenset(
    {
        "POST /auth/guest",
        "GET /me/tokens",
        "POST /me/tokens",
        "DELETE /me/tokens/{token_id}",
        "GET /me/export",
        "DELETE /me/sessions",
        "GET /me/shares",
        "GET /chat/sessions/{session_id}/shares",
        "POST /chat/sessions/{session_id}/shares",
        "DELETE /chat/sessions/{session_id}/shares/{share_id}",
        "POST /demo/kill-worker",
    }
)
"""Routes for no token. A stolen one must not make others, open ways that outlive its revocation (tokens, share
links), or take or destroy everything."""


def check(scope: AsgiScope) -> None:
    """Raises `TokenForbidden` if the request has an API token that may not call its route.

    A route that is in none of the sets is closed to tokens; tests/contract/test_token_scopes.py fails until it is.
    """
    if (bearer := bearer_of(scope)) is None:
        return
    route = f"{scope['method']} {scope['route'].path}"
    if route in READS:
        return
    if route not in CHANGES:
        raise TokenForbidden
    if not bearer.may("chat"):
        raise TokenForbidden.to_write()


def bearer_of(scope: AsgiScope) -> Bearer | None:
    """Returns what the request's API token may do; None where it has no such token."""
    bearer: Bearer | None = scope.get(BEARER)
    return bearer


def is_api_token(scope: AsgiScope) -> bool:
    """Whether the request's user was identified by an API token."""
    return BEARER in scope
