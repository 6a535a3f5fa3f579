"""Measures 10,000 queued turns: the cost of opening turn must not grow, and all must be answered."""

import asyncio
from dataclasses import dataclass, field

from bench import meters
from bench.figures import Figures, Tally, percentile
from bench.room import Room, wish
from bench.targets.base import Answer, Target
from bench.targets.holdfast import TurnReader, new_guest
from bench.texts import Wish

TURNS = 10_000
SLOTS = 200
CONNECTIONS = 40


@dataclass
class QueuedTurn:
    """One queued turn: the time of its request, and the milliseconds until it was opened."""

    wish: Wish
    turn_id: str
    at: float
    took: float


@dataclass
class Opener:
    reader: TurnReader
    turns: list[QueuedTurn] = field(default_factory=list)

    async def open(self, count: int) -> None:
        for _ in range(count):
            headers = self.reader.user
            started = (await self.reader.connection.send("POST", "/api/chat/start", headers=headers)).json()
            self.reader.session_id = started["session_id"]
            reply = wish(5, held=True, delay=0)
            opened = await self.reader.open_turn(reply.question())
            took = (opened.pieces[-1][0] - opened.asked) * 1000
            self.turns.append(QueuedTurn(reply, opened.json()["turn_id"], opened.asked, took))


async def full_queue(room: Room, target: Target) -> Figures:
    await room.hold()
    openers = [Opener(await new_guest(target.port)) for _ in range(CONNECTIONS)]
    await asyncio.gather(*(opener.open(TURNS // CONNECTIONS) for opener in openers))
    turns = sorted((turn for opener in openers for turn in opener.turns), key=lambda turn: turn.at)
    before, released = meters.cpu(target.pids), asyncio.get_running_loop().time()
    await room.release()
    tally = Tally()
    await asyncio.gather(*(read(room, target, opener, tally) for opener in openers))
    drained = tally.last - released
    used = {name: seconds - before[name] for name, seconds in meters.cpu(target.pids).items()}
    return {
        **tally.counts(),
        "opened_per_second": TURNS / (turns[-1].at - turns[0].at),
        "open_ms_first_1000_p50": percentile([turn.took for turn in turns[:1000]], 50),
        "open_ms_last_1000_p50": percentile([turn.took for turn in turns[-1000:]], 50),
        "drained_per_second": TURNS / drained,
        "cpu_ms_per_turn_of": {name: 1000 * seconds / TURNS for name, seconds in used.items()},
    }


async def read(room: Room, target: Target, opener: Opener, tally: Tally) -> None:
    """Follows each turn of an opener to its end. Turns that have ended by then are read from the log."""
    answers = [Answer(turn.at, await opener.reader.follow(turn.turn_id)) for turn in opener.turns]
    opener.reader.close()
    sent = await room.sent(turn.wish for turn in opener.turns)
    for turn, answer, times in zip(opener.turns, answers, sent, strict=True):
        tally.count(turn.wish, [answer], times, target.take)
