"""Adds security headers to every response: pages, data, errors and streams."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.middleware import request_ids

DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
PAGE_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()",
}
BY_DEFAULT = {"Content-Security-Policy": DATA_POLICY, "Cache-Control": "no-store"}
"""Set unless the response has its own: only pages may run scripts, and private data is not cached."""

SHARED = ("/share/", "/shares/", "/api/shares/")
"""Paths of share links. Their addresses are secret."""

OF_SHARED = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}
"""So a revoked link is gone at once, no other site learns the address, and no search engine keeps it."""

TLS_ONLY = "max-age=31536000"


class SecurityHeaders:
    """Assigns each request its id, and adds the id and the security headers to the response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        request_id = request_ids.assign_id(scope)

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"].append((request_ids.HEADER, request_id))
                headers = MutableHeaders(scope=message)
                add_security_headers(headers, is_tls=scope["scheme"] == "https")
                if scope["path"].startswith(SHARED):
                    headers.update(OF_SHARED)
            await send(message)

        await self._app(scope, receive, sent)


def add_security_headers(headers: MutableHeaders, *, is_tls: bool) -> None:
    """Adds the security headers that every response carries."""
    headers.update(ALWAYS)
    for name, value in BY_DEFAULT.items():
        headers.setdefault(name, value)
    if is_tls:
        headers["Strict-Transport-Security"] = TLS_ONLY
