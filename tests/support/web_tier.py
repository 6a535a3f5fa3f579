"""Runs the web tier: a real Caddy with the repository's Caddyfile on free ports."""

import os
import sys
from asyncio.subprocess import Process, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from launcher import ports
from tests.support import guests
from tests.support.client import Client
from tests.support.guard import MARK
from tests.support.stack import ROOT, Stack, run_stack, stopped
from tests.support.waiting import eventually

CADDY = Path(sys.executable).with_name("caddy")
CADDYFILE = ROOT / "web" / "Caddyfile"


@dataclass
class WebTier:
    """A running Caddy. `internal` is the URL of its health and metrics endpoints."""

    url: str
    internal: str
    access_log: Path
    process: Process

    def client(self, user_id: str | None = None) -> Client:
        """A client for a guest that goes through the web tier. Use it inside `async with`."""
        name, token = (user_id, guests.token(user_id)) if user_id else guests.guest()
        return Client(self.url, name, token)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def internal_port(self) -> int:
        return int(self.internal.rpartition(":")[2])


def run_pair(redis_url: str, folder: Path, **settings: str) -> AbstractAsyncContextManager[Stack]:
    """Run a stack with two APIs behind a proxy, with limits that no test reaches and a model timeout of 100 s."""
    behind_a_proxy = {
        "auth_mode": "guest",
        "trusted_proxies": "127.0.0.1",
        "model_read_timeout": "100",
        "max_streams_per_user": "100000",
        "max_active_turns_per_user": "100000",
        "rate_limit_user": "1000000/minute",
        "rate_limit_address": "1000000/minute",
    }
    return run_stack(redis_url, folder, apis=2, workers=1, **behind_a_proxy, **settings)


@asynccontextmanager
async def run_web_tier(folder: Path, upstreams: list[str], **settings: str) -> AsyncIterator[WebTier]:
    """Start the web tier for the APIs at these URLs, stop it with SIGTERM. `settings` are the Caddyfile's variables."""
    tier = await start_web_tier(folder, ports.several(2), upstreams, **settings)
    try:
        yield tier
    finally:
        await stopped([tier.process])


async def start_web_tier(folder: Path, chosen: list[int], upstreams: list[str], **settings: str) -> WebTier:
    """Start the web tier on a public and an internal port and wait until it is live."""
    port, internal = chosen
    environment = {
        **{name: os.environ[name] for name in ("PATH", MARK) if name in os.environ},
        "HOME": str(folder),
        "WEB_HOST": "127.0.0.1",
        "WEB_PORT": str(port),
        "WEB_INTERNAL_PORT": str(internal),
        "WEB_ROOT": str(ROOT / "web" / "dist"),
        "API_DISCOVERY": "static",
        "API_UPSTREAMS": " ".join(url.removeprefix("http://") for url in upstreams),
        **{name.upper(): value for name, value in settings.items()},
    }
    access_log = folder / "access.log"
    with access_log.open("ab") as out, (folder / "caddy.log").open("ab") as err:
        command = (str(CADDY), "run", "--config", str(CADDYFILE), "--adapter", "caddyfile")
        process = await create_subprocess_exec(*command, env=environment, stdout=out, stderr=err)
    tier = WebTier(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{internal}", access_log, process)
    try:
        await eventually(lambda: _is_live(tier))
    except BaseException:
        await stopped([process])
        raise
    return tier


async def _is_live(tier: WebTier) -> bool:
    async with httpx2.AsyncClient() as http:
        try:
            return (await http.get(f"{tier.internal}/health/live")).status_code == 200
        except httpx2.TransportError:
            return False
