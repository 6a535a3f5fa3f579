"""Runs Holdfast in containers as docker-compose.yml describes it."""

import asyncio
import shlex
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx2

from launcher.console import Problem
from tests.containers import files
from tests.containers.engine import Engine
from tests.containers.setups import Setup
from tests.support.stack import ROOT
from tests.support.waiting import eventually

PROJECT = "holdfast-trial"
"""A project name of its own, so that no installation's containers and volumes are touched."""

OTHERS = ("scripted", "prometheus", "grafana")
"""Services that have no health check."""

IMAGE = "holdfast-app"
IN_ALL_PROCESSES = (
    *("--rm", "--pid=host", "--network=none", "--no-healthcheck", "--user=0:0"),
    *("--label", "com.docker.compose.project="),
)
"""A container that sees all processes of the machine, and does not count as one of the project, as its image says."""

PROBES = "{{range .State.Health.Log}}{{.End}} {{.ExitCode}} {{.Output}} {{end}}"
STATE = "{{.State.Running}} {{.State.StartedAt}}"

START_SECONDS = 240.0
BUILD_SECONDS = 1800.0
LOOK_SECONDS = 2.0


@dataclass
class ComposeStack:
    """The running containers. Simulated users share the client `http` and use the web tiers at `urls`."""

    engine: Engine
    folder: Path
    files: tuple[str, ...]
    http: httpx2.AsyncClient
    setup: Setup
    scale: dict[str, int] = field(default_factory=dict)
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
        self.write_env()
        await self.up_others(*self.scale, "scripted")
        await self.all_healthy()

    def write_env(self) -> None:
        of_engine = files.OF_PODMAN if self.engine.is_podman else {}
        files.write_env(self.folder, {**of_engine, **self.setup.settings}, self.scale)

    async def up_others(self, *services: str) -> None:
        """Start these services as they are described, and none again that runs."""
        await self.compose("up", "-d", "--no-build", "--no-recreate", *services)

    @property
    def project(self) -> list[str]:
        """The arguments of `docker compose` that select this project, its files and its profiles."""
        chosen = [part for name in self.files for part in ("-f", name)]
        return ["-p", PROJECT, *chosen, *(part for name in self.setup.profiles for part in ("--profile", name))]

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
        """Send SIGKILL as an operator does. Docker then does not restart the container."""
        await self.engine.ask("kill", name)

    async def kill_process(self, name: str) -> None:
        """Kill a container's first process from outside of it, as a crash or a lack of memory does."""
        number = await self.inspect(name, "{{.State.Pid}}")
        await self.engine.ask("run", *IN_ALL_PROCESSES, IMAGE, "python", "-c", f"import os; os.kill({number}, 9)")

    async def inspect(self, name: str, form: str) -> str:
        """What the engine knows of a container, as a Go template chooses it."""
        return await self.engine.ask("inspect", "-f", form, name)

    async def container(self, service: str) -> str:
        """The name of the service's first container."""
        return (await self.containers(service))[0]

    async def execute(self, name: str, *command: str) -> str:
        """Run a command in a container and return its output."""
        return await self.engine.ask("exec", name, *command)

    async def restarted(self, name: str, since: str) -> None:
        """Wait until the engine itself has started the container again, and all are healthy."""

        async def is_running_again() -> bool:
            running, started = (await self.inspect(name, STATE)).split(maxsplit=1)
            return await _or_later(running == "true" and started != since)

        await eventually(is_running_again, START_SECONDS)
        await self.all_healthy()

    async def started_at(self, name: str) -> str:
        return (await self.inspect(name, STATE)).partition(" ")[2]

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
        counts = {service: len(found) for service, found in names.items()}
        assert counts == self.scale, f"there are {names}, not {self.scale}"
        await asyncio.gather(*(self._healthy(name) for found in names.values() for name in found))
        self.urls = [f"http://{await self.engine.ask('port', name, '8080')}" for name in names["web"]]

    async def _healthy(self, name: str) -> None:
        try:
            await eventually(partial(self._is_healthy, name), START_SECONDS)
        except AssertionError:
            probes = "" if self.engine.is_podman else await self.inspect(name, PROBES)
            raise Problem(f"{name} is not healthy: {probes}\n{(await self.engine.logs(name))[-2000:]}") from None

    async def _is_healthy(self, name: str) -> bool:
        if self.engine.is_podman:  # leaves health checks to systemd, which may be absent
            return await _or_later(await self.engine.holds("healthcheck", "run", name))
        return await _or_later(await self.inspect(name, "{{.State.Health.Status}}") == "healthy")

    async def logs(self) -> str:
        """The logs of all containers, including removed ones."""
        names = [name for service in (*self.scale, *OTHERS) for name in await self.containers(service)]
        return "\n".join([*self._logs_of_removed, *[await self._log(name) for name in names]])

    async def log_to_the_end(self, name: str) -> str:
        """Wait until a container stops. Returns its log, which `logs` then has as well."""
        log = f"=== {name}\n{await self.engine.follow(name)}"
        self._logs_of_removed.append(log)
        return log

    async def _log(self, name: str) -> str:
        return f"=== {name}\n{await self.engine.logs(name)}"


async def _or_later(holds: bool) -> bool:
    """Return whether it holds, and if not only after a while, because each look at a container is a process."""
    if not holds:
        await asyncio.sleep(LOOK_SECONDS)
    return holds


async def build(engine: Engine, profiles: Collection[str]) -> None:
    """Build the images that these profiles need with `docker compose build`."""
    given = {**engine.environment, "SECRET_KEY": "none", "REDIS_PASSWORD": "none"}
    builder = Engine(engine.compose, engine.program, given)
    project = ("-p", PROJECT, "-f", files.FILE.name)
    await builder.put(ROOT, *project, "build", "web", "api", seconds=BUILD_SECONDS)
    if "demo" in profiles:
        await builder.put(ROOT, *project, "--profile", "demo", "build", "model", seconds=BUILD_SECONDS)


@asynccontextmanager
async def open_compose_stack(engine: Engine, folder: Path, setup: Setup) -> AsyncIterator[ComposeStack]:
    """Start the containers, wait until they are healthy, and at the end remove them with their volumes."""
    names = files.write(folder, setup.services, ordered=not engine.is_podman)
    async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=None)) as http:
        stack = ComposeStack(engine, folder, names, http, setup, dict(setup.start))
        for name, image in setup.images.items():
            await engine.ask("tag", image, name)
        try:
            await stack.up()
            yield stack
        finally:
            await asyncio.shield(stack.compose("down", "-v", "-t", "10"))
