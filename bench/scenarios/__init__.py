"""The scenarios, and the targets of each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.figures import Figures
from bench.room import Room
from bench.scenarios.followers import followers
from bench.scenarios.full_queue import SLOTS, full_queue
from bench.scenarios.idle import idle
from bench.scenarios.long_session import long_session
from bench.scenarios.redis_memory import LOG_TTL, redis_memory
from bench.scenarios.steady import Load, steady
from bench.targets import TARGETS
from bench.targets.base import Target

Run = Callable[[Room, Target], Awaitable[Figures]]


@dataclass(frozen=True)
class Scenario:
    """A scenario. `run` measures one target once; `settings` are Holdfast's; `fresh`: each round starts new servers."""

    title: str
    run: Run
    targets: tuple[str, ...] = tuple(TARGETS)
    settings: dict[str, str] = field(default_factory=dict)
    rounds: int | None = None
    fresh: bool = False


def steady_run(load: Load) -> Run:
    async def run(room: Room, target: Target) -> Figures:
        return await steady(room, target, load)

    return run


ALONE = ("holdfast",)
PEERS = tuple(name for name in TARGETS if name != "completions")

SCENARIOS: dict[str, Scenario] = {
    "one": Scenario("one reader, 20 replies in turn", steady_run(Load(1, 20, 50, 0, delay=0.1, turns=20)), PEERS),
    "100x50": Scenario("100 readers x 50 tokens/s", steady_run(Load(100, 600, 50, 2))),
    "500x20": Scenario("500 readers x 20 tokens/s", steady_run(Load(500, 300, 20, 5)), PEERS),
    "flood": Scenario("20 replies as fast as the model goes", steady_run(Load(20, 3000, 0, 0))),
    "followers": Scenario("1 turn with 500 followers", followers, ALONE),
    "idle": Scenario("2,000 idle streams", idle, ALONE, fresh=True),
    "session": Scenario("a session of 2,000 messages", long_session, ALONE, {"MAX_HISTORY_MESSAGES": "0"}),
    "queue": Scenario("10,000 queued turns", full_queue, ALONE, {"WORKER_SLOTS": str(SLOTS)}, rounds=1),
    "memory": Scenario("bytes in Redis", redis_memory, ALONE, {"LOG_TTL": str(LOG_TTL)}, rounds=1),
}
