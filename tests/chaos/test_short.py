"""The short form of each scenario. Durations are judged in the long form only: here the machine may be busy."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chaos import branches, scenarios
from tests.chaos.deployment import UNHURRIED, Deployment, open_deployment
from tests.chaos.full_store import store_full
from tests.chaos.pickup import pick_up
from tests.chaos.poison import poisoned

TURNS = 6
"""Of which each fault hits at least one, as all of them are in mid-stream."""


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    async with open_deployment(tmp_path_factory.mktemp("chaos") / "deployment", workers=2) as deployment:
        yield deployment


async def test_a_killed_worker_loses_nothing(deployment: Deployment) -> None:
    assert (await scenarios.worker_killed(deployment, TURNS, has_all=True))["restarted"] == TURNS


async def test_a_worker_frozen_for_two_leases_writes_nothing_more(deployment: Deployment) -> None:
    figures = await scenarios.worker_frozen(deployment, TURNS, has_all=True)
    assert figures["restarted"] == TURNS


async def test_readers_of_a_killed_api_go_on_elsewhere(deployment: Deployment) -> None:
    await scenarios.api_killed(deployment, TURNS)


async def test_every_turn_ends_when_valkey_is_killed_and_restarted(deployment: Deployment) -> None:
    await scenarios.valkey_killed(deployment, TURNS)


async def test_a_rolling_restart_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    async with open_deployment(tmp_path / "deployment", workers=2, **UNHURRIED) as deployment:
        await scenarios.rolling_restart(deployment, seconds=0, rate=2, at_most=4)


async def test_a_restart_of_valkey_fails_no_reply(deployment: Deployment) -> None:
    await scenarios.valkey_restarted(deployment, rate=2, at_most=4)


async def test_a_random_schedule_of_faults_loses_nothing(deployment: Deployment) -> None:
    await scenarios.random_schedule(deployment, seconds=6, rate=3, seed=3)


async def test_a_turn_that_kills_its_worker_ends_no_other_turn(deployment: Deployment) -> None:
    figures = await poisoned(deployment, 5, restarted=True)
    assert figures["deaths"] >= 3


async def test_replies_are_complete_though_the_store_was_full(deployment: Deployment) -> None:
    assert (await store_full(deployment, 5, seconds=0))["asked"] == 5


async def test_turns_are_claimed_and_end_while_many_others_run(deployment: Deployment) -> None:
    """The long form judges the times; this one checks only that every turn is claimed and ends."""
    figures = await pick_up(deployment, running=30, probes=4)
    assert figures["running"] == 30


async def test_no_version_is_lost_while_processes_are_killed(deployment: Deployment) -> None:
    assert (await branches.nothing_is_lost(deployment, conversations=1, steps=4, seed=4))["turns"] > 0
