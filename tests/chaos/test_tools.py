"""The short form of the scenarios with tools. Durations are judged in the long form only."""

from collections.abc import AsyncIterator

import pytest

from tests.chaos import approvals, tools
from tests.chaos.deployment import Deployment
from tests.support.held_tools import HeldTools

PLANS: list[list[tools.Hold]] = [
    [(0, "request"), (3, "way")],
    [(0, "arguments"), (4, "call")],
    [(0, "call"), (5, "text")],
    [(1, "count"), (5, "request")],
    [(2, "text"), (3, "request")],
]
"""Where each turn is when the workers are killed: after the intent, in a call, after a result, in a request."""


@pytest.fixture(scope="module")
async def deployed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Deployment, HeldTools]]:
    async with tools.tool_deployment(tmp_path_factory.mktemp("tools") / "tools", workers=2) as deployed:
        yield deployed


async def test_no_unsafe_call_runs_twice(deployed: tuple[Deployment, HeldTools]) -> None:
    figures = await tools.killed_in_places(*deployed, PLANS)
    assert figures["turns"] == len(PLANS)


async def test_a_frozen_worker_writes_nothing_of_its_calls(deployed: tuple[Deployment, HeldTools]) -> None:
    await tools.worker_frozen(*deployed)


async def test_a_stop_reaches_running_calls(deployed: tuple[Deployment, HeldTools]) -> None:
    await tools.stopped(*deployed, count=1)


async def test_approvals_outlive_a_restart_of_everything(deployed: tuple[Deployment, HeldTools]) -> None:
    """The model asks for the tool because the result of another one says so: it runs only where the user allows it."""
    figures = await approvals.answered(*deployed, count=3, webs=0)
    assert figures["processes_restarted"] == 5
