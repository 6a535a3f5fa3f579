"""Lists every route of the application, and calls the private ones."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
from fastapi.routing import iter_route_contexts

from api.main import create_app
from api.protocols.responses.ids import response_id
from api.streaming.shutdown import ShutdownSignal
from chat.messages import reply_id
from chat.settings import Settings
from tests.support.stack import ROOT, SECRET

Route = tuple[str, str]
"""Method and path."""

SESSION, TURN, MESSAGE, FILE, PERSONA = "{session_id}", "{turn_id}", "{message_id}", "{file_id}", "{persona_id}"
SHARE = "{share_id}"
MODEL = "{model_id:path}"
RESPONSE = "{response_id}"
MISSING_FILE = "0" * 32
MISSING_PERSONA = "own-00000000"
MISSING_SHARE = "0" * 32
API_TOKEN = "{token_id}"
MISSING_FILE = "0" * 32
MISSING_PERSONA = "own-00000000"
MISSING_API_TOKEN = "token-0000000000000000"
SAILOR = {"name": "Sailor", "prompt": "You are a sailor."}

WORDS = {"type": "text", "text": "hello"}
HELLO = {"role": "user", "content": "hello"}

PRIVATE: dict[Route, dict[str, Any]] = {
    ("GET", "/me"): {},
    ("GET", "/me/export"): {},
    ("POST", "/me/import"): {"json": {"format": "holdfast", "version": 1, "sessions": []}},
    ("GET", "/me/tags"): {},
    ("DELETE", "/me/sessions"): {"params": {"confirm": "all"}},
    ("GET", "/me/personas"): {},
    ("POST", "/me/personas"): {"json": SAILOR},
    ("GET", "/me/personas-file"): {},
    ("POST", "/me/personas-file"): {"json": {"sailor": SAILOR}},
    ("GET", "/me/personas/{persona_id}"): {},
    ("PUT", "/me/personas/{persona_id}"): {"json": SAILOR},
    ("DELETE", "/me/personas/{persona_id}"): {},
    ("GET", "/me/shares"): {},
    ("POST", "/chat/sessions/{session_id}/shares"): {"json": {"kind": "live"}},
    ("GET", "/chat/sessions/{session_id}/shares"): {},
    ("DELETE", "/chat/sessions/{session_id}/shares/{share_id}"): {},
    ("GET", "/me/tokens"): {},
    ("POST", "/me/tokens"): {"json": {"name": "a program"}},
    ("DELETE", "/me/tokens/{token_id}"): {},
    ("POST", "/chat/start"): {},
    ("GET", "/chat/sessions"): {},
    ("POST", "/chat/search"): {"json": {"query": "hello"}},
    ("PATCH", "/chat/sessions/{session_id}"): {"json": {"title": "mine"}},
    ("DELETE", "/chat/sessions/{session_id}"): {},
    ("DELETE", "/chat/session/{session_id}"): {},
    ("GET", "/chat/sessions/{session_id}/export"): {},
    ("DELETE", "/chat/sessions/{session_id}/messages/{message_id}"): {},
    ("PUT", "/chat/sessions/{session_id}/messages/{message_id}/feedback"): {"json": {"vote": "up"}},
    ("DELETE", "/chat/sessions/{session_id}/messages/{message_id}/feedback"): {},
    ("POST", "/chat/sessions/{session_id}/waiting/resume"): {},
    ("DELETE", "/chat/sessions/{session_id}/waiting"): {},
    ("GET", "/chat/history"): {"params": {"session_id": SESSION}},
    ("DELETE", "/chat/history/{session_id}"): {},
    ("GET", "/chat/stream"): {"params": {"session_id": SESSION, "message": "hello"}},
    ("POST", "/chat/turns"): {"json": {"session_id": SESSION, "message": "hello"}},
    ("POST", "/files"): {"files": {"file": "words"}},
    ("GET", "/files/{file_id}"): {},
    ("DELETE", "/files/{file_id}"): {},
    ("GET", "/chat/turns/{turn_id}"): {},
    ("PATCH", "/chat/turns/{turn_id}"): {"json": {"message": "other words"}},
    ("GET", "/chat/turns/{turn_id}/events"): {},
    ("POST", "/chat/turns/{turn_id}/cancel"): {},
    ("POST", "/chat/turns/{turn_id}/approvals"): {"json": {"id": "0", "decision": "deny"}},
    ("GET", "/chat/tools"): {},
    ("POST", "/v1/chat/completions"): {
        "json": {"model": "scripted", "messages": [{"role": "user", "content": "hello"}], "stream": True}
    },
    ("GET", "/v1/models"): {},
    ("GET", "/v1/models/{model_id:path}"): {},
    ("POST", "/v1/responses"): {"json": {"model": "scripted", "input": "hello", "background": True}},
    ("GET", "/v1/responses/{response_id}"): {},
    ("DELETE", "/v1/responses/{response_id}"): {},
    ("POST", "/v1/responses/{response_id}/cancel"): {},
    ("GET", "/v1/responses/{response_id}/input_items"): {},
    ("POST", "/ai-sdk/chat"): {"json": {"id": SESSION, "messages": [{"role": "user", "parts": [WORDS]}]}},
    ("GET", "/ai-sdk/chat/{chat_id:path}/messages"): {},
    ("GET", "/ai-sdk/chat/{chat_id:path}/stream"): {},
    ("POST", "/ai-sdk/chat/{chat_id:path}/stop"): {},
    ("POST", "/ag-ui"): {"json": {"threadId": "t", "runId": "r", "messages": [{"id": "m", **HELLO}]}},
    ("POST", "/ag-ui/{thread_id:path}/stop"): {},
}
"""The parameters and body of a valid call, without its identity."""

PARTS = 5

WITHOUT_SESSION: set[Route] = {
    ("GET", "/me"),
    ("GET", "/me/export"),
    ("POST", "/me/import"),
    ("GET", "/me/tags"),
    ("DELETE", "/me/sessions"),
    ("GET", "/me/shares"),
    ("GET", "/me/personas"),
    ("POST", "/me/personas"),
    ("GET", "/me/personas-file"),
    ("POST", "/me/personas-file"),
    ("GET", "/me/tokens"),
    ("POST", "/me/tokens"),
    ("POST", "/chat/start"),
    ("GET", "/chat/sessions"),
    ("GET", "/chat/tools"),
    ("POST", "/chat/search"),
    ("POST", "/files"),
    ("POST", "/v1/chat/completions"),
    ("GET", "/v1/models"),
    ("GET", "/v1/models/{model_id:path}"),
    ("POST", "/v1/responses"),
    ("POST", "/ai-sdk/chat"),
    ("GET", "/ai-sdk/chat/{chat_id:path}/messages"),
    ("GET", "/ai-sdk/chat/{chat_id:path}/stream"),
    ("POST", "/ai-sdk/chat/{chat_id:path}/stop"),
    ("POST", "/ag-ui"),
    ("POST", "/ag-ui/{thread_id:path}/stop"),
}
"""The private routes that concern the caller only, not a session."""

PUBLIC: set[Route] = {
    ("POST", "/auth/guest"),
    ("GET", "/roles"),
    ("GET", "/models"),
    ("GET", "/shares/{link_id}"),
    ("GET", "/shares/{link_id}/files/{file_id}"),
    ("GET", "/health/live"),
    ("HEAD", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
}
PAGES: set[str] = {"/", "/s/{session_id}", "/share/{link_id}", "/docs", "/openapi.json", "/assets", "/swagger"}


@cache
def every(launcher_socket: Path | None = None) -> frozenset[Route]:
    """Returns every route of the application, including its pages and the files that the build has made."""
    settings = Settings(
        _env_file=None, secret_key=SECRET, web_dir=ROOT / "web" / "dist", launcher_socket=launcher_socket
    )
    app = create_app(settings, ShutdownSignal())
    return frozenset(route for context in iter_route_contexts(app.routes) for route in _routes(context))


def _routes(context: Any) -> Iterator[Route]:
    for method in context.methods or {"GET"}:
        yield method, context.path


def is_page(route: Route) -> bool:
    """Returns whether the route is a page or one of its files, which need no identity."""
    return route[0] in ("GET", "HEAD") and route[1] in PAGES | _files_of_page()


@cache
def _files_of_page() -> set[str]:
    return {f"/{file.name}" for file in Path(ROOT / "web" / "dist").iterdir() if file.is_file()}


def plain(route: Route) -> Route:
    """Returns the route without the `/api` prefix, under which every route is served too."""
    return route[0], route[1].removeprefix("/api") if route[1] != "/api" else "/"


@cache
def private() -> tuple[Route, ...]:
    """Returns every route that is neither public nor a page."""
    return tuple(sorted(route for route in every() if plain(route) not in PUBLIC and not is_page(route)))


@cache
def half(number: int) -> tuple[Route, ...]:
    """Returns each private route once, by turns below `/api` and not. An odd number gives the other spelling of each.

    Both are one router, so a table of many cases asks for each route once, and for the next case by its other path.
    """
    plains = enumerate(sorted({plain(route) for route in private()}))
    return tuple((method, f"/api{path}" if (place + number) % 2 else path) for place, (method, path) in plains)


def part(number: int) -> tuple[Route, ...]:
    """Returns every fifth private route: five numbers in turn give each route once, ten give both its spellings.

    For cases that one function decides for all routes, as the validity of a token.
    """
    return half(number)[number % PARTS :: PARTS]


def name(route: Route) -> str:
    return " ".join(route)


async def call(
    http: httpx2.AsyncClient,
    route: Route,
    session_id: str,
    turn_id: str,
    file_id: str = MISSING_FILE,
    persona_id: str = MISSING_PERSONA,
    share_id: str = MISSING_SHARE,
    api_token_id: str = MISSING_API_TOKEN,
    **more: Any,
) -> httpx2.Response:
    """Calls a private route for a session, a turn and a file. Raises KeyError for a route that `PRIVATE` lacks."""
    method, path = route
    filled = json.dumps(PRIVATE[plain(route)]).replace(SESSION, session_id).replace(TURN, turn_id)
    address = path.replace(SESSION, session_id).replace(TURN, turn_id).replace(MESSAGE, reply_id(turn_id))
    address = address.replace(FILE, file_id).replace(PERSONA, persona_id)
    address = address.replace(SHARE, share_id).replace(API_TOKEN, api_token_id)
    address = address.replace(FILE, file_id).replace(PERSONA, persona_id).replace(MODEL, "scripted")
    address = address.replace(RESPONSE, response_id(turn_id))
    address = address.replace("{chat_id:path}", session_id).replace("{thread_id:path}", session_id)
    address = address.replace(FILE, file_id).replace(PERSONA, persona_id)
    given = json.loads(filled)
    params = given.pop("params", {}) | more.pop("params", {})
    return await http.request(method, address, params=params, **given, **more)
