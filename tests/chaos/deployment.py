"""Runs several APIs and workers on one Valkey; a test can kill, freeze, stop and restart each of them.

Web tiers in front of the APIs are optional.
"""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import repeat
from pathlib import Path
from typing import Any

import httpx2
from redis.asyncio import Redis

from chat import keys
from launcher import ports, valkey
from tests.chaos.fake_clock import FakeClock
from tests.support.databases import client_of, queue_of
from tests.support.model_server import ModelServer
from tests.support.processes import Process, start
from tests.support.stack import ROOT, environment, ready, settings_of_file, stopped
from tests.support.waiting import PATIENCE, eventually
from tests.support.web_tier import WebTier, start_web_tier

LEASE_SECONDS = 3
DRAIN_SECONDS = PATIENCE / 2
"""Replies take three seconds, and ten on a machine that is too slow for the load."""

UNHURRIED: dict[str, Any] = {"lease_seconds": str(PATIENCE), "drain_seconds": str(2 * PATIENCE)}
"""With these settings a reply starts again only if its worker did not wait for it, however slow the machine is."""

WEB_GRACE = "1s"


@dataclass
class Valkey:
    """A server that can be killed and restarted on its files. If it has a `clock`, its time can be set."""

    folder: Path
    clock: FakeClock | None = None
    port: int = field(default_factory=ports.free)
    process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        env = {**os.environ, **self.clock.environment} if self.clock else None
        self.process = await asyncio.to_thread(valkey.start, self.folder, self.port, env=env)

    async def kill(self) -> None:
        assert self.process, "this deployment uses an external store"
        self.process.kill()
        await asyncio.to_thread(self.process.wait)

    def stop(self) -> None:
        if self.process:
            valkey.stop(self.process)


@dataclass
class Deployment:
    """All running processes. Simulated users share the client `http`; they use the web tiers if there are any.

    The next API or worker runs the packages of the next folder of `codes`. `metrics`: where each worker serves its
    metrics, by process ID.
    """

    folder: Path
    model: ModelServer
    store: Redis
    queue: Redis
    http: httpx2.AsyncClient
    url: str
    settings: dict[str, str]
    valkey: "Valkey"
    apis: dict[int, Process] = field(default_factory=dict)
    workers: list[Process] = field(default_factory=list)
    metrics: dict[int, str] = field(default_factory=dict)
    webs: dict[int, WebTier] = field(default_factory=dict)
    codes: Iterator[Path] = field(default_factory=lambda: repeat(ROOT))

    @property
    def urls(self) -> list[str]:
        return [web.url for web in self.webs.values()] or self.api_urls

    @property
    def api_urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.apis]

    @property
    def log(self) -> Path:
        return self.folder / "deployment.log"

    def logged(self) -> list[dict[str, Any]]:
        """The log events of all processes so far."""
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def isolated(self, turn_id: str) -> list[int]:
        """The IDs of the processes that were started to run this turn alone."""
        lines = [line for line in self.logged() if line["event"] == "turn_isolated"]
        return [line["process_id"] for line in lines if line["turn_id"] == turn_id]

    def _env(self) -> dict[str, str]:
        return environment(self.url, self.model.url, self.settings)

    async def start_worker(self) -> None:
        port = ports.free()
        self.workers.append(
            await start("worker", {**self._env(), "METRICS_PORT": str(port)}, self.log, next(self.codes))
        )
        self.metrics[self.workers[-1].pid] = f"http://127.0.0.1:{port}"

    async def start_other(self, module: str, **settings: str) -> Process:
        """Start another program as worker or API. The deployment does not stop it: it must end without help."""
        return await start(module, {**self._env(), **settings}, self.log)

    async def start_api(self, port: int) -> None:
        self.apis[port] = await start("api", {**self._env(), "PORT": str(port)}, self.log, next(self.codes))

    async def start_web(self, port: int, internal: int) -> None:
        folder = self.folder / f"web-{port}"
        folder.mkdir(exist_ok=True)
        self.webs[port] = await start_web_tier(folder, [port, internal], self.api_urls, grace_seconds=WEB_GRACE)

    @asynccontextmanager
    async def web_tiers(self, count: int) -> AsyncIterator[None]:
        """Run so many web tiers inside the block, each in front of all APIs."""
        try:
            for _ in range(count):
                port, internal = ports.several(2)
                await self.start_web(port, internal)
            yield
        finally:
            await stopped([web.process for web in self.webs.values()])
            self.webs.clear()

    async def all_ready(self) -> None:
        await asyncio.gather(*(ready(url, self.log) for url in self.api_urls))

    async def workers_listed(self, count: int) -> None:
        """Wait until at least so many workers are listed."""

        async def listed() -> bool:
            return int(await self.queue.zcard(keys.WORKERS)) >= count

        await eventually(listed)

    async def stop(self) -> None:
        """Stop all running processes, also frozen ones."""
        running = [p for p in (*self.apis.values(), *self.workers) if p.returncode is None]
        for process in running:
            process.send_signal(signal.SIGCONT)
            process.terminate()
        await asyncio.gather(*(ended(process) for process in running))


async def kill(process: Process) -> None:
    """Send SIGKILL and wait for the exit."""
    process.kill()
    await process.wait()


async def ended(process: Process) -> int:
    """Wait for the exit of a process that was asked to stop. Returns its exit code."""
    return await asyncio.wait_for(process.wait(), PATIENCE)


@asynccontextmanager
async def open_deployment(
    folder: Path,
    *,
    apis: int = 2,
    workers: int = 3,
    url: str = "",
    fake_clock: bool = False,
    own_queue: bool = False,
    codes: Iterator[Path] | None = None,
    providers: Callable[[str], str] | None = None,
    **settings: str,
) -> AsyncIterator[Deployment]:
    """Start a deployment and wait until it is ready. Without the `url` of a store it gets a Valkey of its own.

    With `own_queue` the queue is on another Valkey; with `fake_clock` the store's clock can be set. `providers` makes
    the providers' file from the address of the model server.
    """
    async with AsyncExitStack() as stack:
        server = _valkey(folder / "valkey", fake_clock)
        stack.callback(server.stop)
        if not url:
            await server.start()
            url = valkey.url(server.port)
        queue_url = queue_of(url)
        if own_queue:
            other = _valkey(folder / "queue", False)
            stack.callback(other.stop)
            await other.start()
            settings["queue_redis_url"] = queue_url = valkey.url(other.port)
        deployment = Deployment(
            folder=folder,
            model=await stack.enter_async_context(ModelServer().serve()),
            store=await stack.enter_async_context(client_of(url)),
            queue=await stack.enter_async_context(client_of(queue_url)),
            http=await stack.enter_async_context(httpx2.AsyncClient(limits=httpx2.Limits(max_connections=None))),
            url=url,
            settings={
                "lease_seconds": str(LEASE_SECONDS),
                "drain_seconds": str(DRAIN_SECONDS),
                "auth_mode": "guest",
                "trusted_proxies": "127.0.0.1",
                "model_read_timeout": "30",  # must outlast a freeze of a worker
                **settings,
            },
            valkey=server,
            codes=codes or repeat(ROOT),
        )
        if providers:
            deployment.settings |= settings_of_file(folder, providers(deployment.model.url))
        stack.push_async_callback(deployment.stop)
        for _ in range(workers):
            await deployment.start_worker()
        for _ in range(apis):
            await deployment.start_api(ports.free())
        await deployment.all_ready()
        await deployment.workers_listed(workers)
        yield deployment


def _valkey(folder: Path, fake_clock: bool) -> Valkey:
    folder.mkdir(parents=True)
    return Valkey(folder, FakeClock(folder) if fake_clock else None)
