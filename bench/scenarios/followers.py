"""Measures one turn with many followers: they must cost the worker and Valkey nothing, and the API little."""

import asyncio
from dataclasses import dataclass

from bench import meters
from bench.client import Connection
from bench.figures import Figures, Tally
from bench.room import Room, wish
from bench.targets.base import Answer, Target
from bench.targets.holdfast import TurnReader, new_guest

TOKENS, RATE, MANY = 600, 50, 500
SETTLE_SECONDS = 1.0


@dataclass(frozen=True)
class Part:
    """One measured turn. `used` is the CPU time of each process in seconds."""

    tally: Tally
    used: dict[str, float]

    @property
    def backend(self) -> float:
        return self.used["worker"] + self.used["valkey"]


async def followers(room: Room, target: Target) -> Figures:
    few, many = await part(room, target, 1), await part(room, target, MANY)
    return {
        **many.tally.figures(),
        "seconds_with_1": few.used,
        f"seconds_with_{MANY}": many.used,
        "behind_ratio": many.backend / few.backend,
        "api_us_per_event": 1e6 * many.used["api"] / max(1, many.tally.events),
    }


async def part(room: Room, target: Target, count: int) -> Part:
    await room.hold()
    owner = await new_guest(target.port)
    asked = wish(TOKENS, RATE, held=True)
    opened = (await owner.open_turn(asked.question())).json()
    readers = [TurnReader(await Connection.open(target.port), owner.user, owner.session_id) for _ in range(count)]
    following = [asyncio.create_task(reader.follow(opened["turn_id"])) for reader in readers]
    await asyncio.gather(*(reader.connection.head_received() for reader in readers))
    await asyncio.sleep(SETTLE_SECONDS)
    before = meters.cpu(target.pids)
    await room.release()
    responses = await asyncio.gather(*following)
    used = {name: seconds - before[name] for name, seconds in meters.cpu(target.pids).items()}
    for reader in [owner, *readers]:
        reader.close()
    (sent,) = await room.sent([asked])
    tally = Tally()
    for response in responses:
        tally.count(asked, [Answer(sent[0], response)], sent, target.take)
    return Part(tally, used)
