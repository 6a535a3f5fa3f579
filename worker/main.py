"""Builds a worker process and runs it until a signal ends it."""

import asyncio
import math
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import structlog
from arq.connections import ArqRedis
from arq.worker import func

from chat import gc_tuning, jobs, keys, model_server
from chat.settings import Settings
from chat.store import connect, connect_pubsub, pool
from chat.store.errors import note
from chat.store.pubsub import Listener
from chat.tasks import stop, watched
from chat.watchdog import HUNG, Watchdog
from worker import heartbeat, metrics
from worker.engine import open_engine
from worker.jobs.isolation import Isolation
from worker.jobs.lease import LeasedWorker
from worker.jobs.titles import make_title
from worker.jobs.turn_jobs import run_turn, stop_response

POLL_SECONDS = 0.1
"""How often due jobs are looked for: the longest delay of a job whose wake-up message was lost."""

UNLIMITED = 1_000_000
"""Disables arq's limit of tries. The turn counts attempts: a repeated command cannot count twice there."""

logger = structlog.get_logger(__name__)


@asynccontextmanager
async def open_worker(
    settings: Settings, isolation: Isolation, *, handle_signals: bool = True
) -> AsyncIterator[LeasedWorker]:
    """Yields a connected worker. Its `async_run` runs it."""
    async with AsyncExitStack() as stack:
        queue_text = await stack.enter_async_context(connect(settings.queue_url))
        queue_pubsub = await stack.enter_async_context(connect_pubsub(settings.queue_url))
        worker = _worker(settings, handle_signals)
        engine = await stack.enter_async_context(open_engine(settings, isolation, worker.break_down))
        worker.ctx |= {"runner": engine.runner, "titles": engine.titles}
        worker.on_unreadable_job = engine.runner.give_up
        worker.on_finished = engine.parked.job_ended
        wake = asyncio.Event()
        wake_listener = Listener(queue_pubsub, queue_text, lambda *_: wake.set(), lambda _: wake.set())
        wake_listener.want(keys.WAKE)
        for task in (wake_listener.run(), _claim_when_woken(worker, wake), engine.sweeper.run()):
            stack.push_async_callback(stop, asyncio.create_task(watched(task, worker.break_down)))
        yield worker


def _worker(settings: Settings, handle_signals: bool) -> LeasedWorker:
    queue = ArqRedis(
        pool_or_conn=pool(settings.queue_url, text=False),
        job_serializer=jobs.encode,
        job_deserializer=jobs.decode,
        default_queue_name=keys.QUEUE,
    )
    return LeasedWorker(
        queue,
        f"{socket.gethostname()}:{os.getpid()}:{uuid4().hex[:6]}",
        settings,
        functions=[
            func(run_turn, name=jobs.RUN_TURN),
            func(make_title, name=jobs.MAKE_TITLE),
            func(stop_response, name=jobs.STOP_RESPONSE),
        ],
        job_serializer=jobs.encode,
        job_deserializer=jobs.decode,
        max_jobs=settings.worker_slots,
        job_timeout=settings.longest_attempt + 60,
        job_completion_wait=math.ceil(settings.drain_seconds),
        keep_result=0,
        max_tries=UNLIMITED,
        poll_delay=POLL_SECONDS,
        log_results=False,
        handle_signals=handle_signals,
    )


async def _claim_when_woken(worker: LeasedWorker, wake: asyncio.Event) -> None:
    while True:
        await wake.wait()
        wake.clear()
        try:
            await worker.start_jobs()
        except Exception as error:
            logger.warning("claim_failed", error=note(error))


async def run(settings: Settings, command: Sequence[str]) -> int:
    """Runs until SIGTERM or SIGINT, then drains for at most `DRAIN_SECONDS` and hands the other turns back.

    `command` starts another worker, for turns that must run in a process of their own. Returns the exit code: 0, or 1
    if a background task failed, which ends the worker in the same way, or `HUNG` if the watchdog ended it.
    """
    with metrics.served(settings):
        code = await _run_worker(settings, Isolation(settings, command))
    logger.info("worker_stopped")
    return code


async def _run_worker(settings: Settings, isolation: Isolation) -> int:
    async with open_worker(settings, isolation) as worker:
        gc_tuning.freeze()
        metrics_address = f"http://{settings.host}:{settings.metrics_port}" if settings.metrics_port else "none"
        logger.info(
            "worker_ready",
            slots=settings.worker_slots,
            lease_seconds=settings.lease_seconds,
            metrics=metrics_address,
        )
        with Watchdog(settings.watchdog_seconds, worker.give_up, metrics.LOOP_LAG.observe) as watchdog:
            heartbeat.watch(watchdog, worker, settings)
            await _work(worker, settings)
        return HUNG if watchdog.has_fired else int(worker.is_broken)


async def _work(worker: LeasedWorker, settings: Settings) -> None:
    checking = asyncio.create_task(model_server.log_check(settings.catalog))
    try:
        await worker.async_run()
    except asyncio.CancelledError:
        logger.info("worker_stopping", running=len(worker.tasks))
    finally:
        await stop(checking)
        await worker.leave()
