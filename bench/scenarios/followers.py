"""One turn with many followers: the worker and Valkey should not notice them, and the API little."""

import asyncio
from dataclasses import dataclass

from bench import meters
from bench.client import Connection
from bench.figures import Figures, Tally
from bench.room import Room, wish
from bench.targets.base import Answer, Target
from bench.targets.holdfast import TurnSeat, guest

TOKENS, RATE, MANY = 600, 50, 500
SETTLE_SECONDS = 1.0


@dataclass(frozen=True)
class Part:
    """What one turn with so many followers took, in seconds of processor time."""

    tally: Tally
    used: dict[str, float]

    @property
    def behind(self) -> float:
        return self.used["worker"] + self.used["valkey"]


async def followers(room: Room, target: Target) -> Figures:
    few, many = await part(room, target, 1), await part(room, target, MANY)
    return {
        **many.tally.figures(),
        "seconds_with_1": few.used,
        f"seconds_with_{MANY}": many.used,
        "behind_ratio": many.behind / few.behind,
        "api_us_per_event": 1e6 * many.used["api"] / max(1, many.tally.events),
    }


async def part(room: Room, target: Target, count: int) -> Part:
    await room.hold()
    seat = await guest(target.port)
    asked = wish(TOKENS, RATE, held=True)
    opened = (await seat.open_turn(asked.question())).json()
    readers = [TurnSeat(await Connection.open(target.port), seat.user, seat.session_id) for _ in range(count)]
    following = [asyncio.create_task(reader.follow(opened["turn_id"])) for reader in readers]
    await asyncio.gather(*(reader.connection.begun() for reader in readers))
    await asyncio.sleep(SETTLE_SECONDS)
    before = meters.cpu(target.pids)
    await room.release()
    responses = await asyncio.gather(*following)
    used = {name: seconds - before[name] for name, seconds in meters.cpu(target.pids).items()}
    for reader in [seat, *readers]:
        reader.close()
    (sent,) = await room.sent([asked])
    tally = Tally()
    for response in responses:
        tally.count(asked, [Answer(sent[0], response)], sent, target.take)
    return Part(tally, used)
