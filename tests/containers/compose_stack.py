"""Runs Holdfast in containers as docker-compose.yml describes it."""

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
"""A project name of its own, so that no installation's containers and volumes are touched."""

START = {"redis": 1, "worker": 4, "api": 2, "web": 2}
START_SECONDS = 120.0
BUILD_SECONDS = 1800.0


@dataclass
class ComposeStack:
    """The running containers. Simulated users share the client `http` and use the web tiers at `urls`."""

    engine: Engine
    folder: Path
    files: tuple[str, ...]
    http: httpx2.AsyncClient
    scale: dict[str, int] = field(default_factory=lambda: dict(START))
    urls: list[str] = field(default_factory=list)
    _logs_of_removed: list[str] = field(default_factory=list)

    async def up(self, **scale: int) -> None:
        """Scale the services and wait until all replicas are healthy. Surplus replicas are stopped with SIGTERM."""
        self.scale.update(scale)
        for service, count in self.scale.items():
            for name in (await self.containers(service))[count:]:
                await self.stop(service, name)
                self._logs_of_removed.append(await self._log(name))
                await self.engine.ask("rm", name)
        files.write_env(self.folder, self.scale)
        await self.compose("up", "-d", "--no-build", "--no-recreate")
        await self.all_healthy()

    @property
    def project(self) -> list[str]:
        """The arguments of `docker compose` that select this project and its files."""
        return ["-p", PROJECT, *(part for name in self.files for part in ("-f", name))]

    async def compose(self, *arguments: str) -> None:
        await self.engine.put(self.folder, *self.project, *arguments, seconds=START_SECONDS)

    async def run(self, script: str) -> None:
        """Run a script written for `docker compose` with this engine and project."""
        own_compose = shlex.join([*self.engine.compose, *self.project])
        await self.engine.shell(self.folder, script.replace("docker compose", own_compose))

    async def containers(self, service: str) -> list[str]:
        """The names of the service's containers, running or not, in order."""
        labels = (f"project={PROJECT}", f"service={service}")
        chosen = [part for label in labels for part in ("--filter", f"label=com.docker.compose.{label}")]
        return sorted((await self.engine.ask("ps", "-a", *chosen, "--format", "{{.Names}}")).split())

    async def kill(self, name: str) -> None:
        """Send SIGKILL."""
        await self.engine.ask("kill", name)

    async def stop(self, service: str, name: str) -> None:
        """Send SIGTERM and allow the grace period of docker-compose.yml."""
        seconds = files.grace(service)
        await self.engine.ask("stop", "-t", str(seconds), name, seconds=seconds + 30)

    async def start(self, name: str) -> None:
        """Start a container again and wait until all are healthy."""
        await self.engine.ask("start", name)
        await self.all_healthy()

    async def all_healthy(self) -> None:
        """Wait until all containers exist and their health checks pass, then look up the web tiers' ports."""
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
        if self.engine.is_podman:  # leaves health checks to systemd, which may be absent
            return await self.engine.holds("healthcheck", "run", name)
        return await self.engine.ask("inspect", "-f", "{{.State.Health.Status}}", name) == "healthy"

    async def logs(self) -> str:
        """The logs of all containers, including removed ones."""
        names = [name for service in (*self.scale, "scripted") for name in await self.containers(service)]
        return "\n".join([*self._logs_of_removed, *[await self._log(name) for name in names]])

    async def _log(self, name: str) -> str:
        return f"=== {name}\n{await self.engine.logs(name)}"


async def build(engine: Engine) -> None:
    """Build both images with `docker compose build`."""
    given = {**engine.environment, "SECRET_KEY": "none", "REDIS_PASSWORD": "none"}
    builder = Engine(engine.compose, engine.program, given)
    await builder.put(ROOT, "-p", PROJECT, "-f", files.FILE.name, "build", "web", "api", seconds=BUILD_SECONDS)


@asynccontextmanager
async def open_compose_stack(engine: Engine, folder: Path) -> AsyncIterator[ComposeStack]:
    """Start the containers, wait until they are healthy, and at the end remove them with their volumes."""
    names = files.write(folder, ordered=not engine.is_podman)
    files.write_env(folder, START)
    async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=None)) as http:
        stack = ComposeStack(engine, folder, names, http)
        try:
            await stack.up()
            yield stack
        finally:
            await asyncio.shield(stack.compose("down", "-v"))
