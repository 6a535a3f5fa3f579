"""Fixtures of the tests with real clients: their page, built, and processes to kill."""

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from launcher.setup.page import environment, node_home
from tests.chaos.deployment import Deployment, open_deployment
from tests.e2e.conftest import browser, context, profiles  # noqa: F401
from tests.support.stack import ROOT

CLIENTS = ROOT / "tests" / "clients"
PROVIDERS = """
[[providers]]
name = "continues"
base_url = "{url}"
continue = "prefix"
dialect = "mistral"
[[providers.models]]
id = "continues"
[[providers]]
name = "restarts"
base_url = "{url}"
[[providers.models]]
id = "restarts"
[[providers]]
name = "tooled"
base_url = "{url}"
[[providers.models]]
id = "tooled"
can = ["tools"]
"""
SERVERS = """
[servers.lab]
command = ["{python}", "-m", "tests.support.tool_server", "{record}", "stdio"]
env = {{ PYTHONPATH = "{root}" }}
approval = {{ look = "ask" }}
"""


async def started(*arguments: str) -> Process:
    """Starts Node in the folder of the clients."""
    return await asyncio.create_subprocess_exec(
        str(node_home() / "bin" / "node"),
        *arguments,
        cwd=CLIENTS,
        env=environment(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def node(*arguments: str) -> str:
    """Runs Node in the folder of the clients. Returns what it has written; fails if it fails."""
    process = await started(*arguments)
    out, error = await process.communicate()
    assert process.returncode == 0, error.decode()
    return out.decode()


@pytest.fixture(scope="session")
async def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built page with `useChat`."""
    folder = tmp_path_factory.mktemp("page")
    vite = ROOT / "web" / "node_modules" / "vite" / "bin" / "vite.js"
    await node(str(vite), "build", "page", "--outDir", str(folder), "--emptyOutDir", "--target", "es2023")
    return folder


@pytest.fixture(scope="session")
async def deployment(tmp_path_factory: pytest.TempPathFactory, built: Path) -> AsyncIterator[Deployment]:
    folder = tmp_path_factory.mktemp("clients") / "deployment"
    file = tmp_path_factory.mktemp("tools") / "servers.toml"
    file.write_text(SERVERS.format(python=sys.executable, record=file.with_name("record"), root=ROOT), "utf-8")
    async with open_deployment(
        folder,
        apis=1,
        workers=1,
        drain_seconds="0",
        web_dir=str(built),
        mcp_file=str(file),
        providers=lambda url: PROVIDERS.replace("{url}", url),
    ) as running:
        yield running
