"""Runs a complete Holdfast: API and worker processes on a real Valkey with a scripted model server."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from redis.asyncio import Redis

from launcher import ports
from tests.support.client import Client
from tests.support.databases import client_of, queue_of
from tests.support.guard import MARK
from tests.support.model_server import ModelServer
from tests.support.processes import Process, start
from tests.support.waiting import PATIENCE, interval

ROOT = Path(__file__).parents[2]
SECRET = "a-secret-for-tests-0123456789abcdef"
NEXT_SECRET = "the-next-one-for-tests-fedcba9876543210"
KEY = "sk-a-key-for-tests-0123456789"
WITHOUT = {"openai_base_url": "", "openai_model": "", "models": "", "openai_api_key": ""}
"""The settings that a providers' file replaces."""

KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "COVERAGE_PROCESS_CONFIG", MARK)


@dataclass
class Stack:
    """Running APIs and workers with their addresses; workers serve only metrics.

    `queue` is a client of the queue's server, which may be the same as the store's.
    """

    urls: list[str]
    worker_urls: list[str]
    redis_url: str
    store: Redis
    queue: Redis
    model: ModelServer
    log: Path
    processes: list[Process]
    environment: Mapping[str, str]

    @property
    def url(self) -> str:
        return self.urls[0]

    def client(self, user_id: str | None = None, api: int = 0, token: str = "") -> Client:
        """A client for `user_id`, by default for a new user. Use it inside `async with`."""
        return Client(self.urls[api], user_id, token)

    def logs(self) -> str:
        return self.log.read_text("utf-8")


@asynccontextmanager
async def run_stack(
    redis_url: str,
    folder: Path,
    *,
    apis: int = 1,
    workers: int = 1,
    providers: str = "",
    **settings: str,
) -> AsyncIterator[Stack]:
    """Start a stack, wait until it is ready (without workers: until it is live), and stop it with SIGTERM.

    `providers`: a providers' file, in which `{url}` stands for the address of the model server.
    """
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(ModelServer().serve())
        store = await stack.enter_async_context(client_of(redis_url))
        queue = await stack.enter_async_context(client_of(settings.get("queue_redis_url") or queue_of(redis_url)))
        log = folder / "stack.log"
        if providers:
            settings = {**settings_of_file(folder, providers, url=model.url), **settings}
        env = environment(redis_url, model.url, {"files_url": f"file://{folder}/files", **settings})
        chosen = ports.several(workers + apis)
        processes = [await start("worker", {**env, "METRICS_PORT": str(port)}, log) for port in chosen[:workers]]
        processes += [await start("api", {**env, "PORT": str(port)}, log) for port in chosen[workers:]]
        stack.push_async_callback(stopped, processes)
        addresses = [f"http://127.0.0.1:{port}" for port in chosen]
        urls = addresses[workers:]
        probe = "ready" if workers else "live"
        await asyncio.gather(*(ready(url, log, probe) for url in urls))
        yield Stack(urls, addresses[:workers], redis_url, store, queue, model, log, processes, env)


def environment(redis_url: str, model_url: str, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process: the few variables that it needs from this one, and the tests' settings.

    A developer's own settings do not reach the tests.
    """
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    return {
        **kept,
        "REDIS_URL": redis_url,
        "QUEUE_REDIS_URL": "" if queue_of(redis_url) == redis_url else queue_of(redis_url),
        "OPENAI_BASE_URL": model_url,
        "OPENAI_API_KEY": KEY,
        "OPENAI_MODEL": "scripted",
        "MODELS": "scripted,other",
        "SECRET_KEY": SECRET,
        "AUTH_MODE": "trust",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "DEBUG",
        "LEASE_SECONDS": "30",
        "DRAIN_SECONDS": "0",
        "MAX_REPLY_CHARS": "10000000",
        "SESSION_TITLES": "false",
        "RATE_LIMIT_USER": "0",
        "RATE_LIMIT_ADDRESS": "0",
        "RATE_LIMIT_NEW_GUESTS": "0",
        "MAX_ACTIVE_TURNS_PER_USER": "1000",
        "MAX_ACTIVE_TURNS_PER_ADDRESS": "0",
        "MAX_STREAMS_PER_USER": "1000",
        "PYTHONWARNINGS": "error",
        **{name.upper(): value for name, value in settings.items()},
    }


def settings_of_file(folder: Path, text: str, **addresses: str) -> dict[str, str]:
    """Writes a providers' file and returns its settings. A name in braces in the text stands for its address."""
    path = folder / "providers.toml"
    for name, address in addresses.items():
        text = text.replace(f"{{{name}}}", address)
    path.write_text(text, "utf-8")
    return {**WITHOUT, "providers_file": str(path)}


async def ready(url: str, log: Path, probe: str = "ready") -> None:
    """Wait until the API's health probe succeeds: "ready" (questions will be answered) or "live"."""
    answer, start = "no answer", time.monotonic()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE), httpx2.AsyncClient() as client:
            while True:
                try:
                    response = await client.get(f"{url}/health/{probe}")
                    if response.status_code == 200:
                        return
                    answer = response.text
                except httpx2.TransportError:
                    pass
                await asyncio.sleep(max(0.05, interval(time.monotonic() - start)))
    raise AssertionError(f"{url} did not become ready: {answer}\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text("utf-8")[-4000:]


async def stopped(processes: Sequence[Process]) -> None:
    """Stop the running processes with SIGTERM and wait for their exit."""
    running = [process for process in processes if process.returncode is None]
    for process in running:
        with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
            process.terminate()
    await asyncio.gather(*(asyncio.wait_for(process.wait(), PATIENCE) for process in running))
