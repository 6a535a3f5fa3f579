"""Rejects requests by their headers, query or size before they reach a route."""

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware.uploads import FILES, IMPORT, PERSONAS, PROMPTS, upload_of
from api.problems import count, respond
from chat.client_requests import PromptTooLarge
from chat.errors import BodyTooLarge, Forwarded, HoldfastError, InvalidRequest, WrongHost
from chat.files.errors import FileTooLarge
from chat.network import is_loopback
from chat.persona_errors import PersonaFileTooLarge
from chat.transfer.errors import ImportTooLarge

FORWARDING = ("forwarded", "via", "x-real-ip")
HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^:\[\]@]+))(?::\d*)?")

MAX_LENGTH_DIGITS = 18
"""Longest Content-Length in digits: `int` raises for numbers with thousands of digits."""


TOO_LARGE: dict[str, type[HoldfastError]] = {
    IMPORT: ImportTooLarge,
    FILES: FileTooLarge,
    PERSONAS: PersonaFileTooLarge,
    PROMPTS: PromptTooLarge,
}


class LocalRequests:
    """Accepts only requests to a name of this machine, against DNS rebinding, and none that a proxy forwarded.

    A proxy on this machine may send our own name in `Host`; it is recognized by the headers that it adds.
    """

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if any(name in FORWARDING or name.startswith("x-forwarded-") for name in headers):
                return await respond(Forwarded())(scope, receive, send)
            if not self._is_local(headers.get("host", "")):
                return await respond(WrongHost())(scope, receive, send)
        await self._app(scope, receive, send)

    def _is_local(self, header: str) -> bool:
        found = HOST.fullmatch(header.lower())
        name = found[1] or found[2] if found else ""
        return name == self._host or is_loopback(name)


class Utf8Queries:
    """Rejects a query that is not UTF-8: otherwise it would be decoded to another text than was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_utf8(scope["query_string"]):
            error = InvalidRequest("The address is not valid: its query is not UTF-8. Encode it and send it again.")
            return await respond(error)(scope, receive, send)
        await self._app(scope, receive, send)


def _is_utf8(query: bytes) -> bool:
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        return False
    return True


class BodyLimit:
    """Rejects a body of more than `longest` bytes, without reading the rest. `largest`: limits of routes for files."""

    def __init__(self, app: ASGIApp, longest: int, largest: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._longest = longest
        self._largest = largest or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        longest = self._largest.get(upload_of(scope), self._longest)
        if not _is_within(Headers(scope=scope).get("content-length", "0"), longest):
            return await _too_large(scope, receive, send)
        read = 0
        started = late = False

        async def limited_receive() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            return message if read <= longest else {"type": "http.disconnect"}

        async def guarded_send(message: Message) -> None:
            nonlocal started, late
            if started or read <= longest:  # a response that has started goes on: it cannot be replaced
                started = True
                await send(message)
            elif not late:
                late = True
                await _too_large(scope, receive, send)

        await self._app(scope, limited_receive, guarded_send)


def _is_within(header: str, longest: int) -> bool:
    """Tells whether a Content-Length is a number up to `longest`. The parser does not strip trailing spaces."""
    number = header.strip(" \t")
    digits = number.lstrip("0")
    return number.isdecimal() and len(digits) <= MAX_LENGTH_DIGITS and int(digits or "0") <= longest


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    error = TOO_LARGE.get(upload_of(scope), BodyTooLarge)()
    count(error, scope)
    await respond(error)(scope, receive, send)
