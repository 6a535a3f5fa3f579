"""Rejects cross-site requests (CSRF)."""

from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import respond
from chat.errors import CrossSite

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CHANGING_GETS = ("/chat/stream", "/me")
"""GET routes that change state: one opens a turn, the other sets a cookie."""


class CrossSiteGuard:
    """Rejects state-changing requests of other sites' pages, unless their origin is in `CORS_ORIGINS`.

    Requests with an Authorization header pass, because another site's page does not have the token. Browsers send the
    origin's relation in `Sec-Fetch-Site`; older ones, and those without TLS, send only `Origin`; programs send neither.
    """

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _changes(scope) and not self._is_allowed(Headers(scope=scope)):
            return await respond(CrossSite())(scope, receive, send)
        await self._app(scope, receive, send)

    def _is_allowed(self, headers: Headers) -> bool:
        origin = headers.get("origin")
        if "authorization" in headers or origin in self._allowed:
            return True
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        return origin is None or _host_of(origin) == headers.get("host", "").lower()


def _changes(scope: Scope) -> bool:
    path: str = scope["path"]
    return scope["method"] not in SAFE_METHODS or path.removeprefix("/api") in CHANGING_GETS


def _host_of(origin: str) -> str | None:
    """Returns the origin's host and port; None for an opaque origin."""
    try:
        return urlsplit(origin).netloc or None
    except ValueError:
        return None
