"""Runs scenarios: all targets run at the same time and are measured one after the other, in rounds."""

import asyncio
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from bench.figures import Figures
from bench.report import line
from bench.room import Room, open_room
from bench.scenarios import SCENARIOS, Scenario

SETTLE_SECONDS = 0.5
"""Pause between measurements, so that remaining work of one does not count for the next."""

_folders = count(1)


async def run(folder: Path, scenarios: Sequence[str], targets: Sequence[str], rounds: int) -> list[Figures]:
    """Runs scenarios. Returns a row for each scenario, round and target."""
    rows: list[Figures] = []
    for name in scenarios:
        scenario = SCENARIOS[name]
        wanted = [target for target in scenario.targets if target in targets]
        wanted_rounds = min(rounds, scenario.rounds or rounds)
        for first in range(wanted_rounds if scenario.fresh else 1):
            numbers = [first] if scenario.fresh else range(wanted_rounds)
            async with open_room(folder / str(next(_folders)), wanted, **scenario.settings) as room:
                for number in numbers:
                    rows += await one_round(room, name, scenario, number + 1)
    return rows


async def one_round(room: Room, name: str, scenario: Scenario, number: int) -> list[Figures]:
    rows = []
    for target in room.targets:
        await asyncio.sleep(SETTLE_SECONDS)
        row = {"scenario": name, "round": number, "target": target.name, **await scenario.run(room, target)}
        sys.stdout.write(line(row) + "\n")
        sys.stdout.flush()
        rows.append(row)
    return rows
