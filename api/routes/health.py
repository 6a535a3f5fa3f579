"""Whether this process lives, and whether it can serve."""

import asyncio
from collections.abc import Awaitable

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST
from redis.exceptions import RedisError

from api.deps import AppState
from api.schemas import Health, Readiness

PROBE_SECONDS = 2.0

router = APIRouter(tags=["health"])


@router.head("/health/live", include_in_schema=False)
@router.get("/health/live", summary="The process answers")
async def live() -> Health:
    return Health(status="ok")


@router.get("/health/ready", summary="Questions will be answered", responses={503: {"model": Readiness}})
async def ready(state: AppState, response: Response) -> Readiness:
    """503 while Redis is out of reach, no worker is heard of, or the live feed is deaf."""
    redis, workers = await asyncio.gather(_probe(state.store.ping()), _probe(state.queue.workers()))
    feed = state.feed.is_live
    good = bool(redis and workers and feed)
    response.status_code = 200 if good else 503
    return Readiness(
        status="ok" if good else "not ready",
        redis=bool(redis),
        queue=workers is not None,
        workers=workers or 0,
        feed=feed,
    )


async def _probe(answer: Awaitable[int]) -> int | None:
    try:
        return await asyncio.wait_for(answer, PROBE_SECONDS)
    except (RedisError, OSError, TimeoutError):
        return None


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def metrics(state: AppState) -> Response:
    return Response(await state.metrics.scrape(), media_type=CONTENT_TYPE_LATEST)
