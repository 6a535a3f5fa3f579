"""Builds the FastAPI application."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.routing import APIRoute
from fastapi.telemetry import TelemetryConfig
from starlette.middleware import Middleware

from api import page, problems
from api.middleware.address_limit import AddressLimit
from api.middleware.cross_site import CrossSiteGuard
from api.middleware.guards import BodyLimit, LocalRequests, Utf8Queries
from api.middleware.headers import SecurityHeaders
from api.middleware.last_resort import LastResort
from api.middleware.proxies import TrustedProxies
from api.middleware.slow_bodies import SlowBodies
from api.middleware.uploads import FILES, FORM_BYTES, IMPORT, PERSONA_FILE_BYTES, PERSONAS, PROMPTS
from api.openapi import docs_page, document
from api.served_routes import routers, served_routes
from api.state import open_state
from api.streaming.shutdown import ShutdownSignal
from api.version import read_version
from chat.settings import Settings

NO_TELEMETRY: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}
"""FastAPI's own spans contain query strings, and so the question of `GET /chat/stream`; ours never do."""

STAINLESS = [
    f"X-Stainless-{name}"
    for name in (
        "Arch",
        "Helper-Method",
        "Lang",
        "OS",
        "Package-Version",
        "Retry-Count",
        "Runtime",
        "Runtime-Version",
        "Timeout",
    )
]
"""Headers that OpenAI's SDK sends from pages."""

DESCRIPTION = "A chat that never loses an answer: ask, then follow the reply from anywhere, as often as you like."


def create_app(settings: Settings, shutdown: ShutdownSignal) -> FastAPI:
    """Returns the application. Every route except health and metrics is served at its own path and under `/api`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, Any]]:
        async with open_state(settings, shutdown) as state:
            yield {"holdfast": state}

    app = FastAPI(
        title="Holdfast",
        description=DESCRIPTION,
        version=read_version(),
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        telemetry=NO_TELEMETRY,
        middleware=list(_guards(settings)),
    )
    problems.install(app)
    app.router.routes.extend(served_routes(with_demo=bool(settings.launcher_socket)))
    page.install(app, settings.web_dir)
    docs_page.install(app, settings.web_dir)
    document.install(app, settings)
    return app


def _guards(settings: Settings) -> Iterator[Middleware]:
    """Yields the middleware, outermost first."""
    if settings.trusted_proxies:
        yield Middleware(TrustedProxies, trusted=settings.trusted_proxies)
    yield Middleware(SecurityHeaders)
    yield Middleware(LastResort)
    if settings.auth_mode == "trust":  # otherwise a page could act as any user by DNS rebinding
        yield Middleware(LocalRequests, host=settings.host)
    if settings.cors_origins:
        yield Middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_credentials=True,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Idempotency-Key", "Last-Event-ID", "X-Request-ID", *STAINLESS],
            expose_headers=[
                "Content-Disposition",
                "Export-File-Bytes",
                "Export-Files",
                "Export-Messages",
                "Export-Sessions",
                "Location",
                "Retry-After",
                "X-RateLimit-Limit-Requests",
                "X-RateLimit-Remaining-Requests",
                "X-RateLimit-Reset-Requests",
                "X-Request-ID",
            ],
        )
    yield Middleware(AddressLimit, counted={"api", *_first_parts(settings)})
    yield Middleware(CrossSiteGuard, allowed=settings.cors_origins)
    yield Middleware(SlowBodies)
    largest = {
        IMPORT: settings.max_import_bytes,
        FILES: settings.max_file_bytes + FORM_BYTES,
        PERSONAS: PERSONA_FILE_BYTES,
        PROMPTS: settings.max_prompt_bytes,
    }
    yield Middleware(BodyLimit, longest=settings.max_body_bytes, largest=largest)
    yield Middleware(Utf8Queries)


def _first_parts(settings: Settings) -> Iterator[str]:
    """Yields the first path segment of each route except health and metrics."""
    for router in routers(with_demo=bool(settings.launcher_socket)):
        yield from (route.path.split("/")[1] for route in router.routes if isinstance(route, APIRoute))
