"""A Holdfast of containers, as docker-compose.yml describes it."""

import asyncio
import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2

from launcher.console import Problem
from tests.containers import files
from tests.containers.engine import Engine
from tests.support.stack import ROOT
from tests.support.waiting import eventually

PROJECT = "holdfast-trial"
"""A name of its own, so that no installation's containers and volumes are ever touched."""

START = {"redis": 1, "worker": 4, "api": 2, "web": 2}
START_SECONDS = 120.0
BUILD_SECONDS = 1800.0


@dataclass
class ComposeStack:
    """The running containers. `http` serves all people at once, who come in by the web tiers at `urls`."""

    engine: Engine
    folder: Path
    files: tuple[str, ...]
    http: httpx2.AsyncClient
    scale: dict[str, int] = field(default_factory=lambda: dict(START))
    urls: list[str] = field(default_factory=list)
    _left: list[str] = field(default_factory=list)

    async def up(self, **scale: int) -> None:
        """As many replicas as wanted, and each of them healthy. Those that leave are stopped in order."""
        self.scale.update(scale)
        for service, count in self.scale.items():
            for name in (await self.containers(service))[count:]:
                await self.stop(service, name)
                self._left.append(await self._log(name))
                await self.engine.ask("rm", name)
        files.write_env(self.folder, self.scale)
        await self.compose("up", "-d", "--no-build", "--no-recreate")
        await self.all_healthy()

    @property
    def project(self) -> list[str]:
        """What compose has to be told, before it is told what to do."""
        return ["-p", PROJECT, *(part for name in self.files for part in ("-f", name))]

    async def compose(self, *arguments: str) -> None:
        await self.engine.put(self.folder, *self.project, *arguments, seconds=START_SECONDS)

    async def run(self, script: str) -> None:
        """Run what is written for `docker compose`, with this engine and for this project."""
        ours = shlex.join([*self.engine.compose, *self.project])
        await self.engine.shell(self.folder, script.replace("docker compose", ours))

    async def containers(self, service: str) -> list[str]:
        """The names of the service's containers, the first one first, whether they run or not."""
        labels = (f"project={PROJECT}", f"service={service}")
        chosen = [part for label in labels for part in ("--filter", f"label=com.docker.compose.{label}")]
        return sorted((await self.engine.ask("ps", "-a", *chosen, "--format", "{{.Names}}")).split())

    async def kill(self, name: str) -> None:
        """SIGKILL."""
        await self.engine.ask("kill", name)

    async def stop(self, service: str, name: str) -> None:
        """SIGTERM, and no less time than docker-compose.yml gives."""
        seconds = files.grace(service)
        await self.engine.ask("stop", "-t", str(seconds), name, seconds=seconds + 30)

    async def start(self, name: str) -> None:
        """Start a container again, and wait until all are well."""
        await self.engine.ask("start", name)
        await self.all_healthy()

    async def all_healthy(self) -> None:
        """Wait until all are there and their own health checks are content; then see where the web tiers answer."""
        names = {service: await self.containers(service) for service in self.scale}
        assert {service: len(found) for service, found in names.items()} == self.scale
        await asyncio.gather(*(self._healthy(name) for found in names.values() for name in found))
        self.urls = [f"http://{await self.engine.ask('port', name, '8080')}" for name in names["web"]]

    async def _healthy(self, name: str) -> None:
        try:
            await eventually(partial(self._is_healthy, name), START_SECONDS)
        except AssertionError:
            raise Problem(f"{name} is not healthy:\n{(await self.engine.logs(name))[-2000:]}") from None

    async def _is_healthy(self, name: str) -> bool:
        if self.engine.is_podman:  # which leaves its health checks to systemd, where there is one
            return await self.engine.holds("healthcheck", "run", name)
        return await self.engine.ask("inspect", "-f", "{{.State.Health.Status}}", name) == "healthy"

    async def logs(self) -> str:
        """Everything that the containers said, those that are gone included."""
        names = [name for service in (*self.scale, "scripted") for name in await self.containers(service)]
        return "\n".join([*self._left, *[await self._log(name) for name in names]])

    async def _log(self, name: str) -> str:
        return f"=== {name}\n{await self.engine.logs(name)}"


async def build(engine: Engine) -> None:
    """Both images, as `docker compose build` does it."""
    given = {**engine.environment, "SECRET_KEY": "none", "REDIS_PASSWORD": "none"}
    builder = Engine(engine.compose, engine.program, given)
    await builder.put(ROOT, "-p", PROJECT, "-f", files.FILE.name, "build", "web", "api", seconds=BUILD_SECONDS)


@asynccontextmanager
async def open_compose_stack(engine: Engine, folder: Path) -> AsyncIterator[ComposeStack]:
    """Start it, wait until it is healthy, and remove every trace of it."""
    names = files.write(folder, ordered=not engine.is_podman)
    files.write_env(folder, START)
    async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=None)) as http:
        stack = ComposeStack(engine, folder, names, http)
        try:
            await stack.up()
            yield stack
        finally:
            await asyncio.shield(stack.compose("down", "-v"))
