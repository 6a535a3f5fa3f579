"""Readiness fails while questions would not be answered, names the failed check, and recovers."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from launcher import valkey
from tests.support.client import Client
from tests.support.databases import database, queue_of
from tests.support.network import Relay, relay
from tests.support.processes import start
from tests.support.stack import Stack, run_stack
from tests.support.waiting import eventually

CHECKS = ("redis", "redis_writes", "queue", "queue_writes", "noeviction", "feed")
GOOD = {"status": "ok", "workers": 1, **dict.fromkeys(CHECKS, True)}
LEASE = "1"


@pytest.fixture
def valkey_url(redis_url: str) -> str:
    """A single server even where the run's store is a Cluster: these tests cut it off and kill its connections."""
    return queue_of(redis_url)


@pytest.fixture
async def link(valkey_url: str) -> AsyncIterator[Relay]:
    async with relay(port_of(valkey_url)) as link:
        yield link


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])


async def becomes(stack: Stack, **expected: Any) -> dict[str, Any]:
    """Waits until readiness reports the values; checks meanwhile its HTTP status and that the process is live."""
    async with httpx2.AsyncClient(base_url=stack.url) as http:

        async def report() -> dict[str, Any]:
            response = await http.get("/health/ready")
            body: dict[str, Any] = response.json()
            assert (response.status_code == 200) is (body["status"] == "ok")
            assert (await http.get("/health/live")).status_code == 200
            return body if expected.items() <= body.items() else {}

        return await eventually(report)


async def answers(user: Client) -> bool:
    return bool((await user.chat(await user.start(), "hello")).text)


async def metric(stack: Stack, name: str) -> float | None:
    async with httpx2.AsyncClient() as http:
        lines = (await http.get(f"{stack.url}/metrics")).text.splitlines()
    return next((float(line.split()[-1]) for line in lines if line.rpartition(" ")[0] == name), None)


async def test_readiness_fails_during_a_redis_outage_and_recovers(tmp_path: Path) -> None:
    (tmp_path / "valkey").mkdir()
    with valkey.running(tmp_path / "valkey") as url:
        port = port_of(url)
        async with run_stack(url, tmp_path, lease_seconds=LEASE) as stack, stack.client() as user:
            assert await becomes(stack, **GOOD)
            await stack.store.shutdown(nosave=True)
            assert await becomes(stack, status="not ready", redis=False, queue=False, workers=0)
            assert await metric(stack, 'holdfast_ready{check="redis"}') == 0
            assert await metric(stack, "holdfast_queue_depth") is None
            again = valkey.start(tmp_path / "valkey", port)
            try:
                assert await becomes(stack, **GOOD)
                assert await answers(user)
            finally:
                valkey.stop(again)


async def test_an_outage_of_a_separate_queue_is_reported_as_such(valkey_url: str, link: Relay, tmp_path: Path) -> None:
    queue = f"redis://127.0.0.1:{link.port}/{database(valkey_url).rpartition('/')[2]}"
    async with run_stack(database(valkey_url), tmp_path, queue_redis_url=queue, lease_seconds=LEASE) as stack:
        assert await becomes(stack, **GOOD)
        link.cut()
        assert await becomes(stack, status="not ready", queue=False, redis=True, feed=True, workers=0)
        link.restore()
        assert await becomes(stack, **GOOD)
        async with stack.client() as user:
            assert await answers(user)


async def test_readiness_fails_without_a_worker_heartbeat(valkey_url: str, tmp_path: Path) -> None:
    async with run_stack(database(valkey_url), tmp_path, lease_seconds=LEASE) as stack, stack.client() as user:
        assert await becomes(stack, **GOOD)
        stack.processes[0].kill()
        assert await becomes(stack, status="not ready", workers=0, redis=True, queue=True, feed=True)
        assert await metric(stack, 'holdfast_ready{check="workers"}') == 0
        stack.processes.append(await start("worker", stack.environment, stack.log))
        assert await becomes(stack, **GOOD)
        assert await answers(user)


async def test_readiness_fails_while_the_feed_receives_nothing(valkey_url: str, link: Relay, tmp_path: Path) -> None:
    url = f"redis://127.0.0.1:{link.port}/{database(valkey_url).rpartition('/')[2]}"
    async with run_stack(url, tmp_path, lease_seconds=LEASE) as stack, stack.client() as user:
        assert await becomes(stack, **GOOD)
        link.is_deaf = True
        assert await becomes(stack, status="not ready", feed=False, redis=True, queue=True)
        assert await answers(user), "readers do not read the log meanwhile"
        assert await metric(stack, 'holdfast_ready{check="feed"}') == 0
        link.is_deaf = False
        assert await becomes(stack, **GOOD)


async def test_killed_subscriptions_are_renewed_at_once(valkey_url: str, tmp_path: Path) -> None:
    async with run_stack(database(valkey_url), tmp_path, lease_seconds=LEASE) as stack, stack.client() as user:
        for _ in range(3):
            assert await stack.store.execute_command("CLIENT", "KILL", "TYPE", "pubsub") > 0
            assert await becomes(stack, **GOOD)
        assert await answers(user)
