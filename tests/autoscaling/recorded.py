"""Runs real workers through a day that takes twelve minutes, and scales them as the triggers of deploy/k8s say.

Simulated users ask real APIs, and the metrics of all processes are recorded with the times of the day. A second has
`FACTOR` seconds of the day, so CPU seconds are multiplied by it. Questions per second are those of the clock.
"""

import asyncio
import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx2

from chat.tasks import stop
from launcher import ports
from tests.autoscaling import specs
from tests.autoscaling.day import HOUR, Load, Outcome, note, sync
from tests.autoscaling.hpa import SYNC_SECONDS, Autoscaler
from tests.autoscaling.promql import Recorded, Sample
from tests.chaos.deployment import Deployment, ended, open_deployment
from tests.chaos.invariants import check
from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.chaos.transcripts import CALM_QUESTION, CALM_WHOLE, CALM_WORDS, script
from tests.support.model_server import tell
from tests.support.processes import Process, forking
from tests.support.scrapes import read

FACTOR = 120.0
SLOTS = 5
MOST = 16
"""Workers that one machine can run."""

SCRAPE_SECONDS = 30.0
SLOW_QUESTION = "A story that takes nine seconds, with few words"
SLOW_PAUSE = 0.3
OPEN, RUNNING = "holdfast_turns_open", "holdfast_turns_running"
OLDEST, CPU = "holdfast_queue_oldest_seconds", "process_cpu_seconds_total"
OTHERS = "holdfast_worker_slots|holdfast_queue_depth|holdfast_open_streams"
SCRAPED = re.compile(rf"(# \w+ )?({OPEN}|{RUNNING}|{OLDEST}|{CPU}|{OTHERS})\b")


@dataclass
class Worker:
    """One worker process. `running` is what its metrics said last."""

    url: str
    process: Process
    running: int = 0
    is_stopped: bool = False


class RealFleet:
    """The workers of a deployment. `follow` starts and stops processes until there are as many as `scale` asked for."""

    slots = SLOTS
    restarted = 0

    def __init__(self, deployment: Deployment) -> None:
        self.recorded = Recorded()
        self._deployment = deployment
        self._workers: list[Worker] = []
        self._replicas = 0
        self._open = 0
        self._oldest = 0.0

    @property
    def replicas(self) -> int:
        return self._replicas

    @property
    def pods(self) -> int:
        return len(self._workers)

    @property
    def running(self) -> int:
        return sum(worker.running for worker in self._workers)

    @property
    def waiting(self) -> int:
        return max(self._open - self.running, 0)

    def oldest(self, now: float) -> float:
        return self._oldest

    def scale(self, count: int, now: float) -> None:
        self._replicas = count

    async def follow(self) -> None:
        """Starts workers, or stops those that run most: a cluster may choose any. None may end by itself."""
        assert all(worker.is_stopped or worker.process.returncode is None for worker in self._workers)
        self._workers = [worker for worker in self._workers if worker.process.returncode is None]
        kept = [worker for worker in self._workers if not worker.is_stopped]
        for _ in range(self._replicas - len(kept)):
            port = ports.free()
            process = await self._deployment.start_other("worker", METRICS_PORT=str(port))
            self._workers.append(Worker(f"http://127.0.0.1:{port}", process))
        for worker in sorted(kept, key=lambda each: -each.running)[: max(len(kept) - self._replicas, 0)]:
            worker.is_stopped = True
            worker.process.terminate()

    async def scrape(self, now: float) -> None:
        """Records the metrics of all processes that answer."""
        workers = await asyncio.gather(*(self._samples(each.url, "worker") for each in self._workers))
        apis = await asyncio.gather(*(self._samples(url, "api") for url in self._deployment.api_urls))
        self.recorded.add(now, [sample for samples in (*workers, *apis) for sample in samples])
        for worker, samples in zip(self._workers, workers, strict=True):
            worker.running = int(_most(samples, RUNNING))
        found = [sample for samples in apis for sample in samples]
        self._open, self._oldest = int(_most(found, OPEN)), _most(found, OLDEST)

    async def _samples(self, url: str, job: str) -> list[Sample]:
        try:
            response = await self._deployment.http.get(f"{url}/metrics")
        except httpx2.TransportError:  # it starts, or it has ended
            return []
        lines = [line for line in response.text.splitlines(keepends=True) if SCRAPED.match(line)]
        added = {"namespace": "holdfast", "instance": url, "job": job}
        return [
            (name, {**labels, **added}, value * (FACTOR if name == CPU else 1))
            for name, labels, value in read("".join(lines))
        ]

    async def stop(self) -> None:
        for worker in self._workers:
            if not worker.is_stopped:
                worker.process.terminate()
        await asyncio.gather(*(ended(worker.process) for worker in self._workers))


class Users:
    """Simulated users who arrive as a load says, ask one question each, and read to the end. A context manager."""

    def __init__(self, deployment: Deployment, load: Load) -> None:
        self.users: list[SimulatedUser] = []
        self._deployment = deployment
        self._load = load
        self._reading: list[asyncio.Task[None]] = []
        self._turns: dict[SimulatedUser, ObservedTurn] = {}
        self._owed = 0.0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._reading:
            await stop(task)

    def arrive(self, now: float, seconds: float) -> None:
        """Starts the users who are due in `seconds`."""
        self._owed += self._load.questions(now) * seconds
        question = SLOW_QUESTION if self._load.is_slow(now) else CALM_QUESTION
        while self._owed >= 1:
            self._owed -= 1
            self.users.append(SimulatedUser(self._deployment, len(self.users)))
            self._reading.append(asyncio.create_task(self._read(self.users[-1], question)))

    async def _read(self, user: SimulatedUser, question: str) -> None:
        self._turns[user] = await user.read(await user.ask(question))

    async def all_done(self) -> int:
        """Waits until all have read, and checks each turn. Returns how many replies were started again."""
        await asyncio.gather(*self._reading)
        states = await check(self.users, [self._turns[user] for user in self.users], CALM_WHOLE)
        return sum(state["attempt"] > 1 for state in states)


async def live_recorded(load: Load) -> Outcome:
    """Returns the outcome of a day with the triggers of deploy/k8s."""
    spec = specs.worker() | {"maxReplicaCount": MOST}
    with tempfile.TemporaryDirectory() as folder, forking():
        path = Path(folder) / "deployment"
        async with open_deployment(path, workers=1, worker_slots=str(SLOTS), lease_seconds="10") as deployment:
            script(deployment.model)
            deployment.model.on(SLOW_QUESTION, tell(*CALM_WORDS, pause=SLOW_PAUSE))
            fleet = RealFleet(deployment)
            fleet.scale(int(spec["minReplicaCount"]), 0)
            await fleet.follow()
            await deployment.workers_listed(1 + fleet.replicas)
            deployment.workers[0].terminate()
            try:
                async with Users(deployment, load) as users:
                    return await _live(users, fleet, load, Autoscaler(spec))
            finally:
                await fleet.stop()


async def _live(users: Users, fleet: RealFleet, load: Load, scaler: Autoscaler) -> Outcome:
    outcome = Outcome(fleet)
    start, now, due = time.monotonic(), 0.0, 0.0
    while now < load.hours * HOUR:
        if now >= due:
            due = max(due + SCRAPE_SECONDS, now)
            if load.is_scraped(now):
                await fleet.scrape(now)
        sync(scaler, fleet.recorded, now, load, outcome)
        await fleet.follow()
        await asyncio.sleep(SYNC_SECONDS / FACTOR)
        before, now = now, (time.monotonic() - start) * FACTOR
        users.arrive(now, (now - before) / FACTOR)
        note(outcome, now, load, now - before)
    outcome.turns, outcome.missing = len(users.users), scaler.missing / scaler.decisions
    fleet.restarted = await users.all_done()
    return outcome


def _most(samples: list[Sample], name: str) -> float:
    return max((value for found, _, value in samples if found == name), default=0.0)
