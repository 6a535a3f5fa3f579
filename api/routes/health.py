"""Routes for liveness, readiness and metrics."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from api.deps import ReadinessDep, ScrapeDep
from api.schemas import Health, Readiness

router = APIRouter(tags=["health"])


@router.head("/health/live", include_in_schema=False)
@router.get("/health/live", summary="The process answers")
async def live() -> Health:
    return Health(status="ok")


@router.get("/health/ready", summary="Questions will be answered", responses={503: {"model": Readiness}})
async def ready(readiness: ReadinessDep, response: Response) -> Readiness:
    """503 while a store is unreachable, refuses writes or would evict keys, no worker sends heartbeats, or the feed
    receives nothing."""
    checks = await readiness.checks()
    good = all(checks.passed.values())
    response.status_code = 200 if good else 503
    return Readiness(
        status="ok" if good else "not ready",
        redis=checks.redis,
        redis_writes=checks.redis_writes,
        queue=checks.queue,
        queue_writes=checks.queue_writes,
        noeviction=checks.noeviction,
        workers=checks.workers.count if checks.workers else 0,
        feed=checks.feed,
    )


@router.get("/metrics", summary="Figures for Prometheus", response_class=Response)
async def metrics(scrape: ScrapeDep) -> Response:
    return Response(await scrape.text(), media_type=CONTENT_TYPE_LATEST)
