"""arq's worker with leases: a killed worker's jobs are taken up again within one lease.

arq keeps running jobs in the range that every poll walks, and gives up a lost one only after its job timeout.
Here a claim moves the job out of that range until its lease ends; the worker renews what it still runs.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import datetime
from functools import partial
from signal import Signals
from typing import Any

import structlog
from arq.connections import ArqRedis
from arq.worker import Worker

from chat import keys
from chat.claims import SLICE, Claim, Claims
from chat.settings import Settings
from chat.store import RedisError
from worker import metrics

END_SECONDS = 12.0
"""How long what was broken off may take to end."""

GIVE_BACK_MS = 500
"""How long a job rests that was given back because something was out of reach."""

claim_token: ContextVar[str] = ContextVar("claim_token")
"""Inside a job: the token of its claim, a number that grows from claim to claim of the same job."""

claim_due: ContextVar[float] = ContextVar("claim_due")
"""Inside a job: when it was due, in seconds since the epoch by Redis' clock."""

logger = structlog.get_logger(__name__)


class LeasedWorker(Worker):
    """Overrides how jobs are claimed, kept and finished; the rest is arq's.

    `leases` maps the ids of the jobs held here to their claim tokens, `tasks` to the latest run of each; `_runs` has
    the earlier ones too, as long as they last.
    """

    def __init__(self, pool: ArqRedis, name: str, settings: Settings, **arq_settings: Any) -> None:
        super().__init__(redis_pool=pool, queue_name=keys.QUEUE, queue_read_limit=1, **arq_settings)
        self.leases: dict[str, str] = {}
        self.on_unreadable_job: Callable[[str, str], Awaitable[None]] = _ignore
        self.is_broken = False
        self._renew_seconds = settings.lease_seconds / 3
        self._renew_at = 0.0
        self._runs: set[asyncio.Task[None]] = set()
        self._draining: asyncio.Task[None] | None = None
        self._one_claim = asyncio.Lock()
        self._one_lease_change = asyncio.Lock()
        """Renewing and ending claims in order: a renewal that comes late would take a lease for nothing."""

        self._claims = Claims(pool, name, settings.lease_seconds)

    async def _poll_iteration(self) -> None:
        """No single failure ends the worker; what is out of reach now may be back at the next poll.

        arq would first list what is due, which a claim does by itself.
        """
        try:
            await self.heart_beat()  # first, so that after a stall what was lost is known before it is claimed again
            await self.start_jobs()
        except (RedisError, OSError) as error:
            logger.warning("poll_failed", error=type(error).__name__)
        except Exception:
            logger.exception("poll_broke")

    async def start_jobs(self, job_ids: list[bytes] | None = None) -> None:
        """Claim as many due jobs as there are free slots. arq's own list, `job_ids`, is not used.

        A claim that was sent is seen through, even where the caller is cancelled: its jobs would be nobody's.
        """
        await asyncio.shield(self._claim_jobs())

    async def _claim_jobs(self) -> None:
        async with self._one_claim:
            while await self._claim_some() == SLICE:
                pass

    async def _claim_some(self) -> int:
        """Claim one slice of what there is room for; how many jobs it brought."""
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
        self._lose(job_id)
        self.leases[job_id] = token
        run = self.loop.create_task(self._run_claim(claim, self.tasks.get(job_id)))
        run.add_done_callback(partial(self._ended, job_id, token))
        self.tasks[job_id] = run
        self._runs.add(run)

    async def _run_claim(self, claim: Claim, earlier: asyncio.Task[Any] | None) -> None:
        """Run the job; first wait for an earlier run of it here, whose lease was lost, to be gone."""
        claim_token.set(claim.token)
        claim_due.set(claim.due / 1000)
        if earlier:
            await asyncio.wait([earlier])
        try:
            await self.run_job(claim.job_id, claim.due)
        except (RedisError, OSError):  # of arq's own bookkeeping; a full store refuses it, but not our scripts
            with contextlib.suppress(RedisError, OSError):
                await self._end_claim(claim.job_id, claim.token, done=False, wait_ms=GIVE_BACK_MS)
            raise

    def _ended(self, job_id: str, token: str, run: asyncio.Task[None]) -> None:
        """What ended by itself without being finished is not renewed any more, so another claim takes it up.

        What was broken off is given back by `leave`, where its lease is not lost.
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
            is_away = isinstance(error, RedisError | OSError)
            logger.warning("job_not_finished", turn_id=job_id, exc_info=None if is_away else error)

    async def heart_beat(self) -> None:
        if self.loop.time() >= self._renew_at:
            await self.renew()
            self._renew_at = self.loop.time() + self._renew_seconds
        if self.cron_jobs:
            await self.run_cron(datetime.now(tz=self.timezone), max(self.poll_delay_s, 0.5))

    async def renew(self) -> None:
        """Renew every lease; a job whose lease is lost is broken off, since another worker has it."""
        async with self._one_lease_change:
            lost = await self._claims.renew(self.leases)
        metrics.HEARTBEAT.set_to_current_time()
        for job_id in lost:
            self._lose(job_id)

    def _lose(self, job_id: str) -> None:
        """Break off the job's run, where one has a lease here: it is not its any more."""
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
        """Take the job off the queue, or give it back at once; nothing where the lease is lost."""
        await self._end_claim(job_id, claim_token.get(), done=finish, wait_ms=0 if incr_score is None else GIVE_BACK_MS)

    async def finish_failed_job(self, job_id: str, result_data: bytes | None) -> None:
        """A job that expired or cannot be read: whoever waits for it is told, then it goes off the queue."""
        token = claim_token.get()
        await self.on_unreadable_job(job_id, token)
        await self._end_claim(job_id, token, done=True)

    def handle_sig_wait_for_completion(self, signum: Signals) -> None:
        """The first signal lets replies finish, the second one leaves at once."""
        if self.allow_pick_jobs:
            self.allow_pick_jobs = False
            self._draining = self.loop.create_task(self._drain(signum))
        else:
            self.handle_sig(signum)

    def break_down(self) -> None:
        """Something broke that no job can do without: leave as at a signal, so that a supervisor starts it anew."""
        self.is_broken = True
        self.handle_sig_wait_for_completion(Signals.SIGTERM)

    async def _drain(self, signum: Signals) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._job_completion_wait):
                await self._claims_are_over()
                while self._runs:
                    await asyncio.wait(self._runs)
        self.handle_sig(signum)

    def handle_sig(self, signum: Signals) -> None:
        """Claim nothing more and end `async_run`; what runs is broken off by `leave`."""
        self.allow_pick_jobs = False
        if self.main_task:
            self.main_task.cancel()

    async def _claims_are_over(self) -> None:
        """Nothing is claimed any more; wait until what a claim under way brings has begun."""
        async with self._one_claim:
            pass

    async def _end_claim(self, job_id: str, token: str, *, done: bool, wait_ms: int = 0) -> None:
        if self.leases.get(job_id) == token:
            del self.leases[job_id]
        async with self._one_lease_change:
            await self._claims.end(job_id, token, done=done, wait_ms=wait_ms)

    async def leave(self) -> None:
        """Break off what runs, give back what is still held, go off the list of workers, and close the connection."""
        self.allow_pick_jobs = False
        await self._break_off()
        try:
            await self._claims.leave(self.leases.items())
        except (RedisError, OSError) as error:
            logger.warning("leases_not_given_back", count=len(self.leases), error=type(error).__name__)
        self.leases.clear()
        await self.pool.aclose(close_connection_pool=True)

    async def _break_off(self) -> None:
        """End every run, also those that a claim under way is about to begin."""
        until = self.loop.time() + END_SECONDS
        self._cancel_runs()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(until):
                await self._claims_are_over()
                self._cancel_runs()
                while self._runs:
                    await asyncio.wait(self._runs)
        if self._runs:
            logger.error("worker_tasks_left", count=len(self._runs))

    def _cancel_runs(self) -> None:
        """Each once: a second time would keep it from handing its turn back."""
        for run in self._runs:
            if not run.cancelling():
                run.cancel()


async def _ignore(_job_id: str, _token: str) -> None:
    pass
