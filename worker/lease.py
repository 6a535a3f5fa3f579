"""arq's worker with leases: a killed worker's jobs are taken up again within one lease.

arq keeps running jobs in the range that every poll walks, and gives up a lost one only after its job timeout.
Here a claim moves the job out of that range until its lease ends; the worker renews what it still runs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import datetime
from signal import Signals
from typing import Any

import structlog
from arq.connections import ArqRedis
from arq.constants import in_progress_key_prefix, job_key_prefix, retry_key_prefix
from arq.worker import Worker
from redis.exceptions import RedisError

from chat import keys
from chat.queue import SILENT_LEASES
from chat.settings import Settings
from chat.store import Script
from worker import metrics

GIVE_BACK_MS = 500
"""How long a job rests that was given back because something was out of reach."""

claim_token: ContextVar[str] = ContextVar("claim_token")
"""Inside a job: the token of its claim, a number that grows from claim to claim of the same job."""

claim_due: ContextVar[float] = ContextVar("claim_due")
"""Inside a job: when it was due, in seconds since the epoch by Redis' clock."""

logger = structlog.get_logger(__name__)


class LeasedWorker(Worker):
    """Overrides how jobs are claimed, kept and finished; the rest is arq's.

    `leases` maps the ids of the jobs held here to their claim tokens.
    """

    def __init__(self, pool: ArqRedis, name: str, settings: Settings, **arq_settings: Any) -> None:
        super().__init__(redis_pool=pool, queue_name=keys.QUEUE, queue_read_limit=1, **arq_settings)
        self.leases: dict[str, str] = {}
        self.on_unreadable_job: Callable[[str, str], Awaitable[None]] = _ignore
        self._name = name
        self._lease_ms = int(settings.lease_seconds * 1000)
        self._silence_ms = SILENT_LEASES * self._lease_ms
        self._renew_at = 0.0
        self._one_claim = asyncio.Lock()
        self._claim = Script(pool, "claim")
        self._renew = Script(pool, "renew")
        self._finish = Script(pool, "finish")

    async def _poll_iteration(self) -> None:
        """No single failure ends the worker; what is out of reach now may be back at the next poll.

        arq would first list what is due, which a claim does by itself.
        """
        try:
            await self.start_jobs()
            self._forget_ended_tasks()
            await self.heart_beat()
        except (RedisError, OSError) as error:
            logger.warning("poll_failed", error=type(error).__name__)
        except Exception:
            logger.exception("poll_broke")

    def _forget_ended_tasks(self) -> None:
        for job_id, task in list(self.tasks.items()):
            if task.done():
                del self.tasks[job_id]
                task.result()

    async def start_jobs(self, job_ids: list[bytes] | None = None) -> None:
        """Claim as many due jobs as there are free slots. arq's own list, `job_ids`, is not used."""
        async with self._one_claim:
            free = self.max_jobs - self.job_counter
            if free <= 0 or not self.allow_pick_jobs:
                return
            answer = await self._claim([keys.QUEUE, keys.LAST_CLAIM], free, self._lease_ms, in_progress_key_prefix)
            fields = [field.decode() for field in answer]
            for job_id, token, score in zip(fields[::3], fields[1::3], fields[2::3], strict=True):
                if keys.is_turn_id(job_id):
                    metrics.PICKUP.observe(max(0.0, claimed_at(token) - float(score) / 1000))
                await self._start(job_id, token, int(float(score)))

    async def _start(self, job_id: str, token: str, score: int) -> None:
        await self.sem.acquire()
        self.job_counter += 1
        self.leases[job_id] = token
        task = self.loop.create_task(self._run_claim(job_id, token, score, self.tasks.get(job_id)))
        task.add_done_callback(lambda _: self._release_sem_dec_counter_on_complete())
        self.tasks[job_id] = task

    async def _run_claim(self, job_id: str, token: str, score: int, earlier: asyncio.Task[Any] | None) -> None:
        """Run the job; first wait for an earlier run of it here, whose lease was lost, to be gone."""
        claim_token.set(token)
        claim_due.set(score / 1000)
        try:
            if earlier:
                await asyncio.wait([earlier])
            await self.run_job(job_id, score)
        finally:  # what ended without being finished is not renewed any more, so another claim takes it up
            if self.leases.get(job_id) == token:
                del self.leases[job_id]

    async def heart_beat(self) -> None:
        if self.loop.time() >= self._renew_at:
            await self.renew()
            self._renew_at = self.loop.time() + self._lease_ms / 3000
        if self.cron_jobs:
            await self.run_cron(datetime.now(tz=self.timezone), max(self.poll_delay_s, 0.5))

    async def renew(self) -> None:
        """Renew every lease; a job whose lease is lost is broken off, since another worker has it."""
        held = [field for lease in list(self.leases.items()) for field in lease]
        lost = await self._renew(
            [keys.QUEUE, keys.WORKERS],
            self._lease_ms,
            in_progress_key_prefix,
            self._name,
            self._silence_ms,
            *held,
        )
        metrics.HEARTBEAT.set_to_current_time()
        for job_id in (job_id_b.decode() for job_id_b in lost):
            if self.leases.pop(job_id, None):
                metrics.LEASE_LOSSES.inc()
                logger.warning("lease_lost", turn_id=job_id)
                if task := self.job_tasks.get(job_id):
                    task.cancel()

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
        await self._end_claim(job_id, claim_token.get(), finish, 0 if incr_score is None else GIVE_BACK_MS)

    async def finish_failed_job(self, job_id: str, result_data: bytes | None) -> None:
        """A job that expired or cannot be read: whoever waits for it is told, then it goes off the queue."""
        token = claim_token.get()
        await self.on_unreadable_job(job_id, token)
        await self._end_claim(job_id, token, finish=True)

    def handle_sig_wait_for_completion(self, signum: Signals) -> None:
        """The first signal lets replies finish, the second one leaves at once."""
        if self.allow_pick_jobs:
            super().handle_sig_wait_for_completion(signum)
        else:
            self.handle_sig(signum)

    async def _end_claim(self, job_id: str, token: str, finish: bool, wait_ms: int = 0) -> None:
        if self.leases.get(job_id) == token:
            del self.leases[job_id]
        names = (
            keys.QUEUE,
            in_progress_key_prefix + job_id,
            job_key_prefix + job_id,
            retry_key_prefix + job_id,
        )
        await self._finish(names, job_id, token, int(finish), wait_ms)

    async def leave(self) -> None:
        """Give back what is still held, go off the list of workers, and close the connection."""
        for job_id, token in list(self.leases.items()):
            await self._end_claim(job_id, token, finish=False)
        await self.pool.zrem(keys.WORKERS, self._name)
        await self.pool.aclose(close_connection_pool=True)


def claimed_at(token: str) -> float:
    """When `claim.lua` made the token, in seconds since the epoch by Redis' clock."""
    return int(token) / 1e6


async def _ignore(_job_id: str, _token: str) -> None:
    pass
