"""Requests that are refused before anything looks into them."""

import re
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import count, respond
from chat.errors import BodyTooLarge, Forwarded, InvalidRequest, WrongHost
from chat.network import is_loopback

FORWARDING = ("forwarded", "via", "x-real-ip")
HOST = re.compile(r"(?:\[([0-9a-f:.]+)\]|([^:\[\]@]+))(?::\d*)?")

MAX_LENGTH_DIGITS = 18
"""Digits of a length: Python refuses to read numbers of thousands of them."""


class LocalRequests:
    """Answers only to names of this machine, against DNS rebinding, and not to proxies, who speak for others.

    A proxy on this machine may put our own name into `Host`. That somebody is behind it shows by what it adds.
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
    """Refuses a query that is no UTF-8, which would be taken for another text than was sent."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_utf8(scope["query_string"]):
            error = InvalidRequest("The address is not valid: its query is no UTF-8. Encode it and send it again.")
            return await respond(error)(scope, receive, send)
        await self._app(scope, receive, send)


def _is_utf8(query: bytes) -> bool:
    try:
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        return False
    return True


class BodyLimit:
    """Refuses a body of more than `longest` bytes, without reading on."""

    def __init__(self, app: ASGIApp, longest: int) -> None:
        self._app = app
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        if not _is_within(Headers(scope=scope).get("content-length", "0"), self._longest):
            return await _too_large(scope, receive, send)
        read = 0
        started = late = False

        async def limited_receive() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            return message if read <= self._longest else {"type": "http.disconnect"}

        async def guarded_send(message: Message) -> None:
            nonlocal started, late
            if started or read <= self._longest:  # what has begun goes on: there is no second head
                started = True
                await send(message)
            elif not late:
                late = True
                await _too_large(scope, receive, send)

        await self._app(scope, limited_receive, guarded_send)


def _is_within(header: str, longest: int) -> bool:
    """Whether a Content-Length is a number up to `longest`. The parser leaves spaces behind it where they were."""
    number = header.strip(" \t")
    digits = number.lstrip("0")
    return number.isdecimal() and len(digits) <= MAX_LENGTH_DIGITS and int(digits or "0") <= longest


async def _too_large(scope: Scope, receive: Receive, send: Send) -> None:
    error = BodyTooLarge()
    count(error, scope)
    await respond(error)(scope, receive, send)
