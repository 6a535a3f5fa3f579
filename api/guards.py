"""Requests that are refused before anything looks into them."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import respond
from chat.errors import BodyTooLarge, WrongHost
from chat.settings import is_loopback


class LocalHosts:
    """Answers only to names of this machine, against DNS rebinding."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._host = host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not self._is_local(Headers(scope=scope).get("host", "")):
            return await respond(WrongHost())(scope, receive, send)
        await self._app(scope, receive, send)

    def _is_local(self, header: str) -> bool:
        name = header.partition("]")[0].removeprefix("[") if header.startswith("[") else header.partition(":")[0]
        return name == self._host or is_loopback(name)


class BodyLimit:
    """Refuses a body of more than `longest` bytes, without reading on."""

    def __init__(self, app: ASGIApp, longest: int) -> None:
        self._app = app
        self._longest = longest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        length = Headers(scope=scope).get("content-length", "0")
        if not length.isdecimal() or int(length) > self._longest:
            return await respond(BodyTooLarge())(scope, receive, send)
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._longest:
                raise BodyTooLarge
            return message

        await self._app(scope, counted, send)
