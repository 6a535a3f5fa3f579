"""Starts the scripted tool server, and opens a toolbox for tool servers."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from chat.settings import Settings
from chat.telemetry.traces import Traces
from launcher import ports
from tests.support.repository import ROOT
from tests.support.waiting import eventually
from worker.tools.calls import CallContext, InputNeeded, Outcome, Tool
from worker.tools.toolbox import Toolbox

Transport = Literal["http", "stdio"]


@dataclass(frozen=True)
class ScriptedServer:
    """A scripted tool server. `table`: what its table of `MCP_FILE` needs; `record`: the file of its calls."""

    table: str
    record: Path

    def lines(self) -> list[str]:
        """Return the calls so far: tool, key, and what became of it."""
        return self.record.read_text("utf-8").splitlines()

    async def recorded(self, line: str) -> None:
        """Wait for a line of the record."""

        async def is_there() -> bool:
            return line in self.lines()

        await eventually(is_there)


@asynccontextmanager
async def scripted(folder: Path, transport: Transport, *, is_legacy: bool = False) -> AsyncIterator[ScriptedServer]:
    """Start the server, or say how it is started."""
    record = folder / "calls.txt"
    record.touch()
    words = ["legacy"] if is_legacy else []
    command = [sys.executable, "-m", "tests.support.tool_server", str(record)]
    if transport == "stdio":
        env = f"env = {{ PYTHONPATH = {json.dumps(str(ROOT))} }}"
        yield ScriptedServer(f"command = {json.dumps([*command, 'stdio', *words])}\n{env}", record)
        return
    port = ports.free()
    process = await asyncio.create_subprocess_exec(*command, str(port), *words, cwd=ROOT)
    try:
        await eventually(partial(asyncio.to_thread, ports.accepts, "127.0.0.1", port))
        yield ScriptedServer(f'url = "http://127.0.0.1:{port}/mcp"', record)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def settings_of(folder: Path, text: str, **given: object) -> Settings:
    """Return settings with that `MCP_FILE`."""
    file = folder / "mcp.toml"
    file.write_text(text, "utf-8")
    return Settings.model_validate({"mcp_file": file, **given})


class Tools:
    """A toolbox with the tools of its servers by name."""

    def __init__(self, toolbox: Toolbox) -> None:
        self.toolbox = toolbox

    async def ready(self, *names: str) -> None:
        """Wait until these servers are up."""

        async def are_up() -> bool:
            return set(names) <= {each.name for each in self.toolbox.status() if each.is_up}

        await eventually(are_up)

    def tool(self, name: str, server: str = "s") -> Tool:
        """Return a tool that the server offered last."""
        (found,) = (each for each in self.toolbox.status() if each.name == server)
        return next(tool for tool in found.tools if tool.name == name)

    async def call(
        self, name: str, arguments: dict[str, object] | None = None, context: CallContext | None = None
    ) -> Outcome:
        """Call a tool of the server `s` that needs no input."""
        outcome = await self.asked(name, arguments, context)
        assert isinstance(outcome, Outcome)
        return outcome

    async def asked(
        self, name: str, arguments: dict[str, object] | None = None, context: CallContext | None = None
    ) -> Outcome | InputNeeded:
        """Call a tool of the server `s`."""
        return await self.toolbox.call(self.tool(name), arguments or {}, context or CallContext("key"))


@asynccontextmanager
async def opened(settings: Settings, *ready: str) -> AsyncIterator[Tools]:
    """Open a toolbox and wait until these servers are up."""
    async with Toolbox(settings, Traces()) as toolbox:
        tools = Tools(toolbox)
        await tools.ready(*ready)
        yield tools
