"""Simulates workers that start, run replies in slots, are scraped, and drain when they are stopped."""

from dataclasses import dataclass, field
from typing import Protocol

from tests.autoscaling.promql import Sample

SLOTS = 200
START_SECONDS = 30.0
"""From a new pod to its first claim: scheduling, an image that the node has, start, readiness."""

CPU_PER_TOKEN = 40e-6
TOKENS_PER_SECOND = 50.0
"""Of one reply. docs/operations.md, "Sizing"."""


class Scaled(Protocol):
    """Workers whose number can be set. `pods` counts those that still drain, too, `replicas` does not."""

    slots: int
    restarted: int

    @property
    def replicas(self) -> int: ...
    @property
    def pods(self) -> int: ...
    @property
    def running(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    def oldest(self, now: float) -> float: ...
    def scale(self, count: int, now: float) -> None: ...


@dataclass
class Worker:
    """One pod. `replies` has the end of each group of replies, and how many they are."""

    name: str
    ready_at: float
    replies: list[tuple[float, int]] = field(default_factory=list)
    stopped_at: float | None = None
    cpu: float = 0.0

    @property
    def running(self) -> int:
        return sum(count for _, count in self.replies)

    def claims(self, now: float) -> bool:
        return self.stopped_at is None and now >= self.ready_at


@dataclass
class Fleet:
    """The pods of the Deployment `worker`, the queue, and what went wrong."""

    drain_seconds: float
    workers: list[Worker] = field(default_factory=list)
    queue: list[tuple[float, float, int]] = field(default_factory=list)
    """When questions came, how long their replies take, and how many they are."""

    restarted: int = 0
    """Replies that a removed worker could not finish."""

    made: int = 0
    slots: int = SLOTS

    def scale(self, count: int, now: float) -> None:
        """Adds pods, or removes those that run most: a cluster may choose any."""
        kept = [worker for worker in self.workers if worker.stopped_at is None]
        for _ in range(count - len(kept)):
            self.made += 1
            self.workers.append(Worker(f"worker-{self.made}", now + START_SECONDS))
        for worker in sorted(kept, key=lambda each: -each.running)[: max(len(kept) - count, 0)]:
            worker.stopped_at = now

    def step(self, now: float, seconds: float, questions: int, reply_seconds: list[float]) -> None:
        """Lets time pass: replies end, stopped workers leave, and workers claim what waits."""
        for worker in self.workers:
            worker.cpu += worker.running * TOKENS_PER_SECOND * CPU_PER_TOKEN * seconds
            worker.replies = [reply for reply in worker.replies if reply[0] > now]
        for index, takes in enumerate(reply_seconds):
            share = questions // len(reply_seconds) + (index < questions % len(reply_seconds))
            self.queue += [(now, takes, share)] if share else []
        self._leave(now)
        self._claim(now)

    def _leave(self, now: float) -> None:
        for worker in self.workers:
            if worker.stopped_at is not None and now >= worker.stopped_at + self.drain_seconds:
                self.restarted += worker.running
                self.queue += [(now, end - now, count) for end, count in worker.replies]
                worker.replies = []
        self.workers = [worker for worker in self.workers if worker.stopped_at is None or worker.replies]

    def _claim(self, now: float) -> None:
        while self.queue:
            free = max(
                (each for each in self.workers if each.claims(now)), key=lambda each: SLOTS - each.running, default=None
            )
            room = SLOTS - free.running if free else 0
            if not free or not room:
                return
            came, takes, count = self.queue.pop(0)
            taken = min(count, max(room // 4, 1))
            free.replies.append((now + takes, taken))
            if count > taken:
                self.queue.insert(0, (came, takes, count - taken))

    @property
    def replicas(self) -> int:
        return sum(worker.stopped_at is None for worker in self.workers)

    @property
    def pods(self) -> int:
        return len(self.workers)

    @property
    def running(self) -> int:
        return sum(worker.running for worker in self.workers)

    @property
    def waiting(self) -> int:
        return sum(count for _, _, count in self.queue)

    def oldest(self, now: float) -> float:
        return max((now - came for came, _, _ in self.queue), default=0.0)

    def scraped(self, now: float, apis: int = 2) -> list[Sample]:
        """Returns the samples of all pods, with the names and labels of the product and those that the cluster adds."""
        samples: list[Sample] = []
        for worker in self.workers:
            if now >= worker.ready_at:
                labels = _labels(worker.name, "worker")
                samples += [
                    ("holdfast_turns_running", labels, worker.running),
                    ("holdfast_worker_slots", labels, SLOTS),
                    ("process_cpu_seconds_total", labels, worker.cpu),
                ]
        for number in range(apis):
            labels = _labels(f"api-{number}", "api")
            samples += [
                ("holdfast_queue_depth", labels, self.waiting),
                ("holdfast_queue_oldest_seconds", labels, self.oldest(now)),
                ("holdfast_turns_open", labels, self.waiting + self.running),
                ("holdfast_open_streams", labels, (self.waiting + self.running) / apis),
                ("process_cpu_seconds_total", labels, 0.1 * now),
            ]
        return samples


def _labels(pod: str, job: str) -> dict[str, str]:
    return {"namespace": "holdfast", "pod": pod, "instance": f"{pod}:80", "job": job}
