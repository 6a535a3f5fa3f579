"""Ten thousand turns queued at once: opening one must not get dearer, and all are answered."""

import asyncio
from dataclasses import dataclass, field

from bench import meters
from bench.figures import Figures, Tally, percentile
from bench.room import Room, wish
from bench.targets.base import Answer, Target
from bench.targets.holdfast import TurnSeat, guest
from bench.texts import Wish

TURNS = 10_000
SLOTS = 200
CONNECTIONS = 40


@dataclass
class Asked:
    """One queued turn: who opened it, when, and how long that took, in milliseconds."""

    wish: Wish
    turn_id: str
    at: float
    took: float


@dataclass
class Opener:
    seat: TurnSeat
    asked: list[Asked] = field(default_factory=list)

    async def open(self, count: int) -> None:
        for _ in range(count):
            headers = self.seat.user
            started = (await self.seat.connection.send("POST", "/api/chat/start", headers=headers)).json()
            self.seat.session_id = started["session_id"]
            reply = wish(5, held=True, delay=0)
            opened = await self.seat.open_turn(reply.question())
            took = (opened.pieces[-1][0] - opened.asked) * 1000
            self.asked.append(Asked(reply, opened.json()["turn_id"], opened.asked, took))


async def full_queue(room: Room, target: Target) -> Figures:
    await room.hold()
    openers = [Opener(await guest(target.port)) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(opener.open(TURNS // CONNECTIONS) for opener in openers))
    asked = sorted((one for opener in openers for one in opener.asked), key=lambda one: one.at)
    before, released = meters.cpu(target.pids), asyncio.get_running_loop().time()
    await room.release()
    tally = Tally()
    await asyncio.gather(*(read(room, target, opener, tally) for opener in openers))
    drained = tally.last - released
    used = {name: seconds - before[name] for name, seconds in meters.cpu(target.pids).items()}
    return {
        **tally.counts(),
        "opened_per_second": TURNS / (asked[-1].at - asked[0].at),
        "open_ms_first_1000_p50": percentile([one.took for one in asked[:1000]], 50),
        "open_ms_last_1000_p50": percentile([one.took for one in asked[-1000:]], 50),
        "drained_per_second": TURNS / drained,
        "cpu_ms_per_turn_of": {name: 1000 * seconds / TURNS for name, seconds in used.items()},
    }


async def read(room: Room, target: Target, opener: Opener, tally: Tally) -> None:
    """Follow each turn of an opener to its end; those that are over by then are told from the log."""
    answers = [Answer(one.at, await opener.seat.follow(one.turn_id)) for one in opener.asked]
    opener.seat.close()
    sent = await room.sent(one.wish for one in opener.asked)
    for one, answer, times in zip(opener.asked, answers, sent, strict=True):
        tally.count(one.wish, [answer], times, target.take)
