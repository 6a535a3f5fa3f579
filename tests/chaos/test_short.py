"""The short form of each scenario. How long anything takes belongs to the long one: here the machine may be busy."""

from collections.abc import AsyncIterator

import pytest

from tests.chaos import scenarios
from tests.chaos.full_store import store_full
from tests.chaos.pickup import pick_up
from tests.chaos.plant import Plant, open_plant
from tests.chaos.poison import poisoned
from tests.support.waiting import PATIENCE


@pytest.fixture(scope="module")
async def plant(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Plant]:
    """Its workers wait as long for their replies as a busy machine takes to give them."""
    folder = tmp_path_factory.mktemp("chaos") / "plant"
    async with open_plant(folder, drain_seconds=str(PATIENCE - 10)) as plant:
        yield plant


async def test_a_killed_worker_loses_nothing(plant: Plant) -> None:
    assert (await scenarios.worker_killed(plant, 30))["restarted"] > 0


async def test_a_worker_that_was_frozen_for_two_leases_writes_nothing_more(plant: Plant) -> None:
    await scenarios.worker_frozen(plant, 30)


async def test_readers_of_a_killed_api_go_on_elsewhere(plant: Plant) -> None:
    await scenarios.api_killed(plant, 30)


async def test_every_turn_ends_when_valkey_is_killed_and_comes_back(plant: Plant) -> None:
    await scenarios.valkey_killed(plant, 30)


async def test_a_rolling_restart_loses_nothing_and_repeats_nothing(plant: Plant) -> None:
    await scenarios.rolling_restart(plant, seconds=5, rate=5)


async def test_a_random_schedule_of_blows_loses_nothing(plant: Plant) -> None:
    await scenarios.random_schedule(plant, seconds=10, rate=5, seed=3)


async def test_a_poisonous_turn_ends_no_other(plant: Plant) -> None:
    figures = await poisoned(plant, 10, restarted=True)
    assert figures["deaths"] >= 3


async def test_replies_end_whole_in_a_full_store(plant: Plant) -> None:
    assert (await store_full(plant, 10, seconds=0))["asked"] == 10


async def test_picking_up_costs_no_more_with_many_running(plant: Plant) -> None:
    """The figures belong to the long form; here it is that every turn is taken up, and ends."""
    figures = await pick_up(plant, running=200, probes=20)
    assert figures["running"] == 200
