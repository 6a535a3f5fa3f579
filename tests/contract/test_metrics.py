"""Under load, with workers that die and stall, the metrics equal the load client's own counts."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from launcher import ports
from tests.contract.refusals import refused
from tests.support.client import Client
from tests.support.databases import database
from tests.support.model_server import Led, break_off, echo, refuse, tell
from tests.support.processes import Process, start
from tests.support.scrapes import Scrapes
from tests.support.sse import has, read
from tests.support.stack import Stack, environment, run_stack
from tests.support.waiting import PATIENCE, eventually

WORDS = ("one ", "two ", "three ", "four ", "five ", "six ")
USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
MAX_MESSAGE_CHARS = "500"


@dataclass
class Load:
    """A stack whose workers the test starts and kills, with the client's own counts."""

    stack: Stack
    workers: dict[str, Process] = field(default_factory=dict)
    scrapes: Scrapes = field(default_factory=Scrapes)
    opened: int = 0
    streams: int = 0

    async def start_worker(self) -> str:
        """Starts a worker and returns the address of its metrics."""
        port = ports.free()
        settings = {"lease_seconds": "5", "model_read_timeout": "30", "metrics_port": str(port)}
        env = environment(self.stack.redis_url, self.stack.model.url, settings)
        url = f"http://127.0.0.1:{port}"
        self.workers[url] = await start("worker", env, self.stack.log)
        self.stack.processes.append(self.workers[url])

        async def works() -> bool:
            try:
                scraped = await Scrapes().look(url)
            except httpx2.TransportError:
                return False
            return scraped.sum("holdfast_worker_heartbeat_timestamp_seconds") > 0

        await eventually(works)
        return url

    async def scrape(self) -> Scrapes:
        """Scrapes the API and every running worker."""
        answering = [url for url, worker in self.workers.items() if worker.returncode is None]
        return await self.scrapes.look(self.stack.url, *answering)

    async def ask(self, user: Client, question: str) -> str:
        self.opened += 1
        return await user.ask(await user.start(), question)

    async def ask_and_read(self, user: Client, question: str, count: int) -> None:
        """Asks `count` times at once and reads every reply to its end."""
        turns = [await self.ask(user, question) for _ in range(count)]
        self.streams += count
        await asyncio.gather(*(user.follow(turn_id) for turn_id in turns))

    async def partly_answered(self, user: Client, question: str) -> tuple[str, Led]:
        """Starts a turn and reads the first three words of its reply; a repeated request is echoed."""
        led = Led()
        self.stack.model.on(question, led, echo)
        turn_id = await self.ask(user, question)
        await (await led.exchange()).say(*WORDS[:3])
        self.streams += 1
        async with user.events(turn_id) as response:
            await read(response, until=has("".join(WORDS[:3])))
        return turn_id, led


@pytest.fixture
async def load(redis_url: str, tmp_path: Path) -> AsyncIterator[Load]:
    async with run_stack(
        database(redis_url), tmp_path, workers=0, lease_seconds="5", max_message_chars=MAX_MESSAGE_CHARS
    ) as stack:
        yield Load(stack)


async def test_every_metric_equals_the_load_clients_count(load: Load) -> None:
    stack, model = load.stack, load.stack.model
    async with AsyncExitStack() as clients:
        ann = await clients.enter_async_context(stack.client())

        # Without a worker turns wait, and the API itself ends a stopped one.
        waiting = [await load.ask(ann, "hello") for _ in range(3)]
        scraped = await load.scrape()
        assert scraped.sum("holdfast_queue_depth") == scraped.sum("holdfast_turns_open") == 3
        assert scraped.sum("holdfast_workers") == scraped.sum("holdfast_ready", check="workers") == 0
        assert (await ann.http.post(f"/chat/turns/{waiting[0]}/cancel")).json()["state"] == "cancelled"
        assert (await ann.http.post(f"/chat/turns/{waiting[0]}/cancel")).json()["state"] == "cancelled"
        assert (await load.scrape()).sum("holdfast_turns_ended_total") == 1
        assert scraped.sum("holdfast_queue_oldest_seconds") > 0
        first = await load.start_worker()
        load.streams += 2
        await asyncio.gather(*(ann.follow(turn_id) for turn_id in waiting[1:]))

        # Complete replies, with and without the model's token counts, and failed ones.
        model.on("counted", tell(*WORDS, usage=USAGE))
        model.on("uncounted", tell(*WORDS))
        model.on("refused", refuse(401))
        model.on("cut", break_off(*WORDS))
        model.on("again", refuse(500, retry_after="0"), tell(*WORDS, usage=USAGE))
        await load.ask_and_read(ann, "counted", 12)
        await load.ask_and_read(ann, "uncounted", 3)
        await load.ask_and_read(ann, "refused", 4)
        await load.ask_and_read(ann, "cut", 2)
        await load.ask_and_read(ann, "again", 1)

        # A limit.
        session_id = await ann.start()
        for _ in range(2):
            refused(await ann.post_turn(session_id, "x" * 501), 422, "message_too_long")

        # A reply stopped in the middle.
        stopped_turn, _ = await load.partly_answered(ann, "stopped")
        await ann.http.post(f"/chat/turns/{stopped_turn}/cancel")
        load.streams += 1
        await ann.follow(stopped_turn)

        # A worker is killed with three running replies; its last scraped values still count.
        killed = [(await load.partly_answered(ann, f"killed {number}"))[0] for number in range(3)]

        async def ended_are_forgotten() -> bool:
            return (await load.scrape()).sum("holdfast_turns_open") == 3

        await eventually(ended_are_forgotten)
        scraped = await load.scrape()
        assert scraped.sum("holdfast_turns_running") == 3
        assert scraped.sum("holdfast_workers") == scraped.sum("holdfast_ready", check="workers") == 1
        load.workers[first].kill()
        await load.workers[first].wait()
        second = await load.start_worker()
        load.streams += 3
        await asyncio.gather(*(ann.follow(turn_id) for turn_id in killed))

        # A worker stalls beyond its lease: another one takes over the reply, and the first notices when it resumes.
        stalled, _ = await load.partly_answered(ann, "stalled")
        load.workers[second].send_signal(signal.SIGSTOP)
        await load.start_worker()
        load.streams += 1
        await ann.follow(stalled)
        load.workers[second].send_signal(signal.SIGCONT)

        async def noticed() -> bool:
            scraped = await load.scrape()
            return scraped.sum("holdfast_lease_losses_total") == 1 and scraped.sum("holdfast_turns_open") == 0

        await eventually(noticed, 20)

    async def dead_are_forgotten() -> bool:
        return (await load.scrape()).sum("holdfast_workers") == 2

    await eventually(dead_are_forgotten)
    await _compare(load)


async def _compare(load: Load) -> None:
    scraped = await load.scrape()
    good, echoed = 12 + 1, 2 + 3 + 1  # an echo reports a usage of 3 and 5 tokens
    expected = {
        ("holdfast_turns_opened_total",): load.opened,
        ("holdfast_turns_ended_total",): load.opened,
        ("holdfast_turns_ended_total", "done", "stop"): good + 3 + echoed,
        ("holdfast_turns_ended_total", "cancelled", "cancelled"): 2,
        ("holdfast_turns_ended_total", "failed", "model_unauthorized"): 4,
        ("holdfast_turns_ended_total", "failed", "model_incomplete"): 2,
        ("holdfast_turns_ended_total", "failed"): 6,
    }
    labels = ("outcome", "reason")
    for (name, *values), count in expected.items():
        assert scraped.sum(name, **dict(zip(labels, values, strict=False))) == count, (name, values)

    attempts = load.opened - 1 + 4  # the turn stopped while waiting had no attempt, and four turns had two
    assert scraped.sum("holdfast_attempts_total") == attempts
    assert scraped.sum("holdfast_restarts_total") == 4
    assert (
        scraped.sum("holdfast_pickup_seconds_count") == attempts
    )  # the job of the turn stopped while waiting was dropped
    assert scraped.sum("holdfast_model_errors_total") == 7
    assert scraped.sum("holdfast_model_errors_total", kind="model_server_error") == 1
    assert (
        scraped.sum("holdfast_limits_hit_total") == scraped.sum("holdfast_limits_hit_total", limit="message_chars") == 2
    )

    with_text = load.opened - 1 - 4  # all turns except the one stopped while waiting and the four refused
    assert scraped.sum("holdfast_first_token_seconds_count", model="scripted") == with_text
    assert scraped.sum("holdfast_model_first_token_seconds_count") == with_text + 4
    tokens: Any = {
        ("prompt", "model"): 11 * good + 3 * echoed,
        ("completion", "model"): 7 * good + 5 * echoed,
        ("completion", "pieces"): len(WORDS) * (3 + 2) + 3 * (1 + 1),  # the killed worker's pieces were never scraped
    }
    for (kind, counted_by), count in tokens.items():
        assert scraped.sum("holdfast_tokens_total", kind=kind, counted_by=counted_by) == count, (kind, counted_by)
    echoes = (
        2 * len("You said: hello".split()) + 3 * len("You said: killed 0".split()) + len("You said: stalled".split())
    )
    assert scraped.sum("holdfast_deltas_total") == len(WORDS) * (good + 3 + 2) + 3 * (1 + 3 + 1) + echoes

    assert scraped.sum("holdfast_catch_up_reads_total", cause="opened") == load.streams
    for gauge in ("holdfast_open_streams", "holdfast_queue_depth", "holdfast_turns_open"):
        assert scraped.sum(gauge) == 0, gauge
    assert scraped.sum("holdfast_feed_lag_seconds_count") > 0
    assert 0 <= scraped.sum("holdfast_workers_oldest_heartbeat_seconds") < PATIENCE
    assert not [value for value in scraped.labels if load.stack.url in value or "-4" in value], "a label contains an id"
