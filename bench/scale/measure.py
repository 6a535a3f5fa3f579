"""Measures loads on real processes of this machine."""

import asyncio
import gc
import random
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any

from bench.client import Connection
from bench.figures import percentile
from bench.room import wish
from bench.scale import meters
from bench.scale.fleet import Fleet, started
from bench.scale.load import Load
from bench.scale.scenarios import SECONDS
from bench.targets.base import Answer
from bench.targets.holdfast import TurnReader, new_guest
from bench.texts import Wish
from bench.transcript import Transcript, parse_response, take_turn
from chat.store import connect

BEGUN_PER_SECOND = 120
"""Turns begun per second before the measurement, so that their cost has passed when it starts."""

MARGIN = 0.7


@dataclass
class Talk:
    """One session: who asks in it, and the connections that read its replies."""

    owner: TurnReader
    readers: list[TurnReader]
    turns: list[tuple[Wish, list[Answer]]] = field(default_factory=list)

    async def run(self, load: Load, start: float, phase: float = 0.0) -> None:
        """Asks from `start` on. The first token is `phase` seconds later than the load says.

        Replies that begin together would otherwise get all their tokens together.
        """
        await asyncio.sleep(start - monotonic())
        for _ in range(load.turns):
            asked = wish(load.tokens, load.rate, load.delay + phase)
            opened = await self.owner.open_turn(asked.question())
            turn_id = opened.json()["turn_id"]
            responses = await asyncio.gather(*(reader.follow(turn_id) for reader in self.readers))
            self.turns.append((asked, [Answer(opened.asked, response) for response in responses]))


async def measure(folder: Path, load: Load) -> dict[str, Any]:
    """Measures a load once, on new processes. Returns its figures."""
    async with started(folder, load) as fleet, connect(fleet.redis_url) as store:
        await _warm(fleet)
        talks = [await _talk(fleet, load, index) for index in range(load.replies)]
        ramp = max(load.replies / BEGUN_PER_SECOND, load.cycle if load.turns > 1 else 0.0)
        dice = random.Random(1)
        gc.collect()
        gc.disable()
        began = monotonic() + 0.2
        running = [asyncio.create_task(talk.run(load, *_beginning(load, began, ramp, dice))) for talk in talks]
        await asyncio.sleep(began + ramp + load.delay + MARGIN - monotonic())
        shares = await meters.replies_of(fleet)
        before = await meters.read(fleet, store)
        await asyncio.sleep(began + SECONDS - MARGIN - monotonic())
        after = await meters.read(fleet, store)
        info = await store.info("all")
        memory = {kind: await meters.memory_mb(pids) for kind, pids in fleet.pids.items()}
        await asyncio.gather(*running)
        gc.enable()
        received = await _received(fleet, talks, before.at, after.at)
    return {
        **meters.rates(before, after),
        **received,
        "replies": shares,
        "memory_mb": memory,
        "connections": float(info["connected_clients"]),
    }


def _beginning(load: Load, began: float, ramp: float, dice: random.Random) -> tuple[float, float]:
    """Returns when a session asks, and the phase of its tokens."""
    return began + dice.uniform(0, ramp), dice.uniform(0, 1 / load.rate)


async def _talk(fleet: Fleet, load: Load, index: int) -> Talk:
    ports = fleet.ports
    owner = await new_guest(ports[index % len(ports)])
    others = [
        TurnReader(await Connection.open(ports[(index + number) % len(ports)]), owner.user, owner.session_id)
        for number in range(1, load.readers)
    ]
    return Talk(owner, [owner, *others])


async def _warm(fleet: Fleet) -> None:
    """Asks each process for a few replies, so that its code is loaded before the measurement."""
    talks = [await _talk(fleet, Load(1, 500, 50), index) for index in range(4 * len(fleet.ports))]
    short = Load(1, 500, 50, turns=3, delay=0.05)
    await asyncio.gather(*(talk.run(short, monotonic()) for talk in talks))


async def _received(fleet: Fleet, talks: list[Talk], start: float, end: float) -> dict[str, float]:
    """Returns what readers received per second between two times, after a check of every text."""
    latencies: list[float] = []
    tokens = events = turns = size = 0
    control = await Connection.open(fleet.model_port)
    for asked, answers in chain.from_iterable(talk.turns for talk in talks):
        sent = memoryview((await control.send("GET", f"/record/{asked.number}")).body).cast("d")
        turns += start <= sent[0] <= end
        for answer in answers:
            transcript = parse_response(answer.response.pieces, take_turn)
            if transcript.text != "".join(asked.pieces()):
                raise RuntimeError(f"a reply is not the one that the model sent: {answer.response.pieces[:2]}")
            events += _events(transcript, start, end)
            size += sum(len(data) for came, data in answer.response.pieces if start <= came <= end)
            came = list(transcript.times(asked.pieces()))
            inside = [(late - soon) for late, soon in zip(came, sent[1:], strict=True) if start <= late <= end]
            tokens += len(inside)
            latencies += inside
    control.close()
    seconds = end - start
    return {
        "tokens": tokens / seconds,
        "events": events / seconds,
        "turns": turns / seconds,
        "reader_bytes": size / seconds,
        "latency_p50": 1000 * percentile(latencies, 50) if latencies else 0.0,
        "latency_p95": 1000 * percentile(latencies, 95) if latencies else 0.0,
    }


def _events(transcript: Transcript, start: float, end: float) -> int:
    return sum(start <= came <= end for came, _ in transcript.arrivals)


KEPT = {
    "total_commands_processed": "commands",
    "total_net_input_bytes": "bytes_in",
    "total_net_output_bytes": "bytes_out",
    "aof_current_size": "bytes_to_disk",
    "us_evalsha": "script_us",
}
"""The figures of Redis that are recorded, with their names in the record."""


def trimmed(figures: dict[str, Any]) -> dict[str, Any]:
    """Returns the figures of one round that are recorded."""
    redis = {short: figures["redis"].get(name, 0.0) for name, short in KEPT.items()}
    return {**figures, "redis": redis, "others": figures["others"]["cores"]}
