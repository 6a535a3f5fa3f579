"""Starts the processes of a load on this machine: workers, APIs, web tiers and a Valkey."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import ROOT, answering, running, running_valkey
from bench.scale.load import Load
from bench.targets.holdfast import SETTINGS
from launcher import ports

CADDY = Path(sys.executable).with_name("caddy")


@dataclass(frozen=True)
class Fleet:
    """Running processes. `pids` by kind: `model`, `worker`, `api`, `redis`, `web`. `ports`: those that readers use.

    `metrics_ports`: those of the workers.
    """

    pids: dict[str, list[int]]
    ports: list[int]
    metrics_ports: list[int]
    redis_url: str
    model_port: int


@asynccontextmanager
async def started(folder: Path, load: Load) -> AsyncIterator[Fleet]:
    """Runs the fleet of a load, with a model server, inside the `with` block."""
    await asyncio.to_thread(folder.mkdir, parents=True)
    async with AsyncExitStack() as stack:
        model_port, log = ports.free(), folder / "log"
        server = [sys.executable, "-m", "bench.model_server", str(model_port)]
        model = await stack.enter_async_context(running(server, log))
        await asyncio.to_thread(answering, model_port, "/health", log)
        url, redis = await stack.enter_async_context(running_valkey(folder / "valkey"))
        settings = {**SETTINGS, "REDIS_URL": url, "OPENAI_BASE_URL": f"http://127.0.0.1:{model_port}/v1"}
        metrics_ports = ports.several(load.workers)
        worker = [sys.executable, "-m", "worker"]
        workers = [
            await stack.enter_async_context(running(worker, log, METRICS_PORT=str(port), **settings))
            for port in metrics_ports
        ]
        api_ports = ports.several(load.apis)
        settings["TRUSTED_PROXIES"] = "127.0.0.1"
        apis = [
            await stack.enter_async_context(running([sys.executable, "-m", "api"], log, PORT=str(port), **settings))
            for port in api_ports
        ]
        for port in api_ports:
            await asyncio.to_thread(answering, port, "/health/ready", log)
        webs = [await stack.enter_async_context(_web(folder, api_ports)) for _ in range(load.webs)]
        pids = {"model": [model], "worker": workers, "api": apis, "redis": [redis], "web": [pid for pid, _ in webs]}
        yield Fleet(pids, [port for _, port in webs] or api_ports, metrics_ports, url, model_port)


@asynccontextmanager
async def _web(folder: Path, api_ports: list[int]) -> AsyncIterator[tuple[int, int]]:
    """Runs the web tier in front of the APIs. Gives its process id and its port."""
    port, internal = ports.several(2)
    settings = {
        "WEB_HOST": "127.0.0.1",
        "WEB_PORT": str(port),
        "WEB_INTERNAL_PORT": str(internal),
        "WEB_ROOT": str(folder),
        "API_DISCOVERY": "static",
        "API_UPSTREAMS": " ".join(f"127.0.0.1:{api}" for api in api_ports),
    }
    log = folder / "web.log"
    command = [str(CADDY), "run", "--config", str(ROOT / "web" / "Caddyfile"), "--adapter", "caddyfile"]
    async with running(command, log, **settings) as pid:
        await asyncio.to_thread(answering, internal, "/health/live", log)
        yield pid, port
