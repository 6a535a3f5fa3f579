"""Runs arq's worker with leases: a killed worker's jobs are claimed again within one lease.

arq keeps running jobs in the range that every poll reads, and recovers a lost job only after its job timeout. Here a
claim moves the job out of that range until its lease ends. The worker renews the leases of the jobs that it runs.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from signal import Signals
from time import monotonic
from typing import Any

import structlog
from arq.connections import ArqRedis
from arq.utils import poll
from arq.worker import Worker

from chat import keys
from chat.claims import SLICE, Claim, Claims
from chat.settings import Settings
from chat.store import RedisError
from chat.store.errors import note
from worker import metrics

CANCEL_SECONDS = 12.0
"""How long cancelled jobs may take to end."""

GIVE_BACK_MS = 500
"""Delay after which a job can be claimed again that was released because something was unreachable."""

claim_token: ContextVar[str] = ContextVar("claim_token")
"""Inside a job: the token of its claim, a number that grows with each claim of the same job."""

claim_due: ContextVar[float] = ContextVar("claim_due")
"""Inside a job: when it became due, in seconds since the epoch by Redis' clock."""

logger = structlog.get_logger(__name__)


class LeasedWorker(Worker):
    """Overrides how arq claims, renews and finishes jobs.

    `leases`: the claim tokens of the jobs held here, by job id. `tasks`: the latest run of each job. `_runs`: all runs
    that have not ended, including earlier ones of the same job. `renewed_at`: when the leases were last renewed, by the
    monotonic clock; None once the worker leaves.
    """

    def __init__(self, pool: ArqRedis, name: str, settings: Settings, **arq_settings: Any) -> None:
        super().__init__(redis_pool=pool, queue_name=keys.QUEUE, queue_read_limit=1, **arq_settings)
        self.leases: dict[str, str] = {}
        self.on_unreadable_job: Callable[[str, str], Awaitable[None]] = _ignore
        self.on_finished: Callable[[str], Awaitable[None]] = _ignore
        """Called with the id of each job that has left the queue."""

        self.is_broken = False
        self._is_over = False
        self.renewed_at: float | None = monotonic()
        self._renew_seconds = settings.lease_seconds / 3
        self._renew_at = 0.0
        self._runs: set[asyncio.Task[None]] = set()
        self._draining: asyncio.Task[None] | None = None
        self._claim_lock = asyncio.Lock()
        self._lease_lock = asyncio.Lock()
        """Keeps a renewal from arriving after the end of its claim, where it would take the lease again."""

        self._claims = Claims(pool, name, settings.lease_seconds)

    async def main(self) -> None:
        """Polls until it is cancelled. arq's own method would fail if the store is away at the start."""
        if self._is_over:  # a signal came while the worker was started
            return
        self.ctx["redis"] = self.pool
        async for _ in poll(self.poll_delay_s):
            await self._poll_iteration()

    async def _poll_iteration(self) -> None:
        """Renews leases and claims jobs. No error ends the worker: the next poll may reach the store again.

        arq's own iteration would list the due jobs first, which a claim does itself.
        """
        try:
            await self.heart_beat()  # first, so that after a stall lost leases are known before new claims
            await self.start_jobs()
        except (RedisError, OSError) as error:
            logger.warning("poll_failed", error=note(error))
        except Exception:
            logger.exception("poll_broke")

    async def start_jobs(self, job_ids: list[bytes] | None = None) -> None:
        """Claims as many due jobs as there are free slots. Does not use arq's list, `job_ids`.

        The claim is shielded from cancellation: otherwise claimed jobs would have no owner until the lease expires.
        """
        await asyncio.shield(self._claim_jobs())

    async def _claim_jobs(self) -> None:
        async with self._claim_lock:
            while await self._claim_slice() == SLICE:
                pass

    async def _claim_slice(self) -> int:
        """Claims at most one slice of jobs for the free slots. Returns their number."""
        free = self.max_jobs - self.job_counter
        if free <= 0 or not self.allow_pick_jobs:
            return 0
        claims = await self._claims.take(free)
        for claim in claims:
            if keys.is_turn_id(claim.job_id):
                metrics.PICKUP.observe(max(0.0, claim.made_at - claim.due / 1000))
            await self._start(claim)
        return len(claims)

    async def _start(self, claim: Claim) -> None:
        job_id, token = claim.job_id, claim.token
        await self.sem.acquire()
        self.job_counter += 1
        self._drop_lost(job_id)
        self.leases[job_id] = token
        run = self.loop.create_task(self._run_claim(claim, self.tasks.get(job_id)))
        run.add_done_callback(partial(self._on_run_end, job_id, token))
        self.tasks[job_id] = run
        self._runs.add(run)

    async def _run_claim(self, claim: Claim, earlier: asyncio.Task[Any] | None) -> None:
        """Runs the job. First waits until an earlier run here, whose lease was lost, has ended."""
        claim_token.set(claim.token)
        claim_due.set(claim.due / 1000)
        if earlier:
            await asyncio.wait([earlier])
        try:
            await self.run_job(claim.job_id, claim.due)
        except (RedisError, OSError):  # from arq's own commands: a full store refuses them, but not our scripts
            with contextlib.suppress(RedisError, OSError):
                await self._end_claim(claim.job_id, claim.token, done=False, wait_ms=GIVE_BACK_MS)
            raise

    def _on_run_end(self, job_id: str, token: str, run: asyncio.Task[None]) -> None:
        """Frees the slot of a run.

        A failed run's lease is not renewed any more, so that the job is claimed again. A cancelled run's lease is
        released by `leave`, unless it is lost.
        """
        self._release_sem_dec_counter_on_complete()
        self._runs.discard(run)
        if self.tasks.get(job_id) is run:
            del self.tasks[job_id]
        if run.cancelled():
            return
        if self.leases.get(job_id) == token:
            del self.leases[job_id]
        if error := run.exception():
            is_unreachable = isinstance(error, RedisError | OSError)
            logger.warning(
                "job_not_finished", turn_id=job_id, error=note(error), exc_info=None if is_unreachable else error
            )

    async def heart_beat(self) -> None:
        if self.loop.time() >= self._renew_at:
            await self.renew()
            self._renew_at = self.loop.time() + self._renew_seconds
        if self.cron_jobs:
            await self.run_cron(datetime.now(tz=self.timezone), max(self.poll_delay_s, 0.5))

    async def renew(self) -> None:
        """Renews every lease. Cancels the jobs whose lease is lost, because another worker has claimed them."""
        async with self._lease_lock:
            begun_at = monotonic()
            lost = await self._claims.renew(self.leases)
        if self.renewed_at:
            self.renewed_at = begun_at
        metrics.HEARTBEAT.set_to_current_time()
        for job_id in lost:
            self._drop_lost(job_id)

    def _drop_lost(self, job_id: str) -> None:
        """Cancels the job's run, if it has a lease here: that lease is lost."""
        if self.leases.pop(job_id, None):
            metrics.LEASE_LOSSES.inc()
            logger.warning("lease_lost", turn_id=job_id)
            if run := self.tasks.get(job_id):
                run.cancel()

    async def finish_job(
        self,
        job_id: str,
        finish: bool,
        result_data: bytes | None,
        result_timeout_s: float | None,
        keep_result_forever: bool,
        incr_score: int | None,
        keep_in_progress: float | None,
    ) -> None:
        """Removes the job from the queue, or releases it for another claim. Does nothing if the lease is lost."""
        await self._end_claim(job_id, claim_token.get(), done=finish, wait_ms=0 if incr_score is None else GIVE_BACK_MS)
        if finish:
            await self.on_finished(job_id)

    async def finish_failed_job(self, job_id: str, result_data: bytes | None) -> None:
        """Ends the turn of a job that expired or cannot be read, then removes the job from the queue."""
        token = claim_token.get()
        await self.on_unreadable_job(job_id, token)
        await self._end_claim(job_id, token, done=True)

    def handle_sig_wait_for_completion(self, signum: Signals) -> None:
        """Drains at the first signal, ends at once at the second."""
        if self.allow_pick_jobs:
            self.allow_pick_jobs = False
            self._draining = self.loop.create_task(self._drain(signum))
        else:
            self.handle_sig(signum)

    def break_down(self) -> None:
        """Drains as at a signal, because a task that every job needs has failed. A supervisor restarts the worker."""
        self.is_broken = True
        self.handle_sig_wait_for_completion(Signals.SIGTERM)

    def give_up(self) -> None:
        """Leaves without a drain, because the leases can no longer be renewed here: other workers have the jobs."""
        self.is_broken = True
        self.handle_sig(Signals.SIGTERM)

    async def _drain(self, signum: Signals) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._job_completion_wait):
                await self._wait_for_claim()
                while self._runs:
                    await asyncio.wait(self._runs)
        self.handle_sig(signum)

    def handle_sig(self, signum: Signals) -> None:
        """Stops claiming and ends `async_run`. `leave` cancels what runs."""
        self.allow_pick_jobs, self._is_over = False, True
        if self.main_task:
            self.main_task.cancel()

    async def _wait_for_claim(self) -> None:
        """Waits until a claim in progress has started its jobs. The caller has ended further claims."""
        async with self._claim_lock:
            pass

    async def _end_claim(self, job_id: str, token: str, *, done: bool, wait_ms: int = 0) -> None:
        if self.leases.get(job_id) == token:
            del self.leases[job_id]
        async with self._lease_lock:
            await self._claims.end(job_id, token, done=done, wait_ms=wait_ms)

    async def leave(self) -> None:
        """Cancels runs, releases held leases, removes the worker from the list, and closes the connection."""
        self.allow_pick_jobs = False
        self.renewed_at = None
        await self._end_runs()
        try:
            await self._claims.leave(self.leases.items())
        except (RedisError, OSError) as error:
            logger.warning("leases_not_given_back", count=len(self.leases), error=note(error))
        self.leases.clear()
        await self.pool.aclose(close_connection_pool=True)

    async def _end_runs(self) -> None:
        """Cancels every run, including those that a claim in progress is about to start."""
        until = self.loop.time() + CANCEL_SECONDS
        self._cancel_runs()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._wait_for_claim()
                self._cancel_runs()
                while self._runs:
                    await asyncio.wait(self._runs)
        if self._runs:
            logger.error("worker_tasks_left", count=len(self._runs))

    def _cancel_runs(self) -> None:
        """Cancels each run once: a second cancellation would keep it from handing its turn back."""
        for run in self._runs:
            if not run.cancelling():
                run.cancel()


async def _ignore(*_: str) -> None:
    pass
