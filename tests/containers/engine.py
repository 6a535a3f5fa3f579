"""Runs the command line of this machine's container engine: Docker with its compose plugin, or Podman."""

import asyncio
import os
import shlex
import shutil
import subprocess
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from launcher.console import Problem

MISSING = (
    "There is no container engine here: `docker compose` or `podman-compose` has to work. "
    "COMPOSE names another command, for example COMPOSE='podman-compose --podman-run-args=…'."
)
SECONDS = 120.0
FOLLOW_SECONDS = 1200.0
KNOWN = ("docker compose", "podman-compose")


@dataclass(frozen=True)
class Engine:
    """`compose` is the command for the compose file, `program` the one for single containers."""

    compose: tuple[str, ...]
    program: str
    environment: Mapping[str, str] = field(default_factory=lambda: {**os.environ, "BUILDAH_FORMAT": "docker"})

    @property
    def is_podman(self) -> bool:
        return self.program == "podman"

    async def ask(self, *arguments: str, seconds: float = SECONDS) -> str:
        """Run `docker …` and return its output. Raises `Problem` if it fails or exceeds the time."""
        return (await self._run((self.program, *arguments), None, seconds))[0]

    async def logs(self, name: str) -> str:
        """A container's standard output and error."""
        return "".join(await self._run((self.program, "logs", name), None, SECONDS))

    async def follow(self, name: str) -> str:
        """A container's standard output and error until it stops, also if it is removed then."""
        return "".join(await self._run((self.program, "logs", "-f", name), None, FOLLOW_SECONDS))

    async def holds(self, *arguments: str) -> bool:
        """Whether `docker …` succeeds."""
        try:
            await self.ask(*arguments)
        except Problem:
            return False
        return True

    async def put(self, folder: Path, *arguments: str, seconds: float = SECONDS) -> None:
        """Run `docker compose …` in a folder. Raises `Problem` like `ask`."""
        await self._run((*self.compose, *arguments), folder, seconds)

    async def shell(
        self, folder: Path, script: str, variables: Mapping[str, str] | None = None, seconds: float = SECONDS
    ) -> None:
        """Run a shell script, for example from the handbook, with these variables. Raises `Problem` like `ask`."""
        given = Engine(self.compose, self.program, {**self.environment, **(variables or {})})
        await given._run(("sh", "-ec", script), folder, seconds)

    async def _run(self, command: tuple[str, ...], folder: Path | None, seconds: float) -> tuple[str, str]:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=self.environment, stdout=PIPE, stderr=PIPE
        )
        try:
            out, err = await asyncio.wait_for(process.communicate(), seconds)
        except TimeoutError:
            process.kill()
            await process.wait()
            raise Problem(f"{shlex.join(command)} took longer than {seconds:.0f} s") from None
        if process.returncode:
            raise Problem(f"{shlex.join(command)} failed:\n{(err or out).decode(errors='replace')[-2000:]}")
        return out.decode(errors="replace").strip(), err.decode(errors="replace").strip()


def find() -> Engine:
    """Find the engine to use. Raises `Problem` if none answers."""
    for text in (os.environ["COMPOSE"],) if "COMPOSE" in os.environ else KNOWN:
        compose = tuple(shlex.split(text))
        engine = Engine(compose, "podman" if "podman" in Path(compose[0]).name else "docker")
        if shutil.which(compose[0]) and _answers(*compose, "version") and _answers(engine.program, "info"):
            return engine
    raise Problem(MISSING)


def _answers(*command: str) -> bool:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    return done.returncode == 0
