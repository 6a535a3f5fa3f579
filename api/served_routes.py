"""Composes the routes that an API serves, once for each process: all but health and metrics under `/api`, too."""

from functools import cache

from fastapi import APIRouter
from starlette.routing import BaseRoute

from api.deps import CHECKS_CALLER
from api.routes import (
    ag_ui,
    ai_sdk,
    api_tokens,
    approvals,
    completions,
    demo,
    feedback,
    files,
    health,
    me,
    personas,
    responses,
    roles,
    search,
    sessions,
    shared,
    shares,
    stream,
    transfer,
    turns,
)

ROUTERS = (
    feedback.router,
    sessions.router,
    search.router,
    turns.router,
    approvals.router,
    files.router,
    stream.router,
    roles.router,
    me.router,
    personas.router,
    shares.router,
    shared.router,
    api_tokens.router,
    transfer.router,
    completions.router,
    responses.router,
    ai_sdk.router,
    ag_ui.router,
)


def routers(*, with_demo: bool) -> tuple[APIRouter, ...]:
    """Returns the routers. `with_demo`: whether the launcher serves a model for demonstration."""
    return (*ROUTERS, demo.router) if with_demo else ROUTERS


@cache
def served_routes(*, with_demo: bool) -> tuple[BaseRoute, ...]:
    """Returns the routes, with those under `/api` first, because the page uses them and routes are matched in order.

    FastAPI analyses a route when a request is first compared with it. That takes 0.3 s of CPU for all of them, so it is
    done here, before the server answers, and not at the first request.
    """
    composed = APIRouter()
    for router in routers(with_demo=with_demo):
        composed.include_router(router, dependencies=[CHECKS_CALLER], prefix="/api", include_in_schema=False)
    for router in routers(with_demo=with_demo):
        composed.include_router(router, dependencies=[CHECKS_CALLER])
    composed.include_router(health.router)  # for monitoring: without limits, and at each process itself
    for route in composed.routes:
        route.matches({"type": "http", "method": "GET", "path": "/-", "root_path": "", "headers": []})
    return tuple(composed.routes)
