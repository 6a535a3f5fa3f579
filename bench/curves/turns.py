"""Measures opening, running and closing a turn."""

from functools import partial

from bench.curves.curve import CONSTANT, LINEAR, Curve
from bench.curves.lab import Lab, best, best_of
from chat.event_log import LogWriter
from chat.events import Chunk, End
from chat.messages import Message

TRIALS = 8


async def open_turn(lab: Lab, messages: int) -> float:
    sessions = [await lab.session(messages) for _ in range(TRIALS)]
    return await best_of(partial(lab.turn, s) for s in sessions)


async def append(lab: Lab, entries: int) -> float:
    turn_id, seq = await lab.running(await lab.session(), entries)
    writer = LogWriter(turn_id, "1", seq)
    return await best(lambda: lab.log.append([(writer, [Chunk(content="word")])]))


async def append_many(lab: Lab, turns: int) -> float:
    """Appends to `turns` logs in one flush."""
    running = [await lab.running(await lab.session()) for _ in range(turns)]
    batch = [(LogWriter(turn_id, "1", seq), [Chunk(content="word")]) for turn_id, seq in running]
    return await best(lambda: lab.log.append(batch), 5)


async def begin_again(lab: Lab, entries: int) -> float:
    """Starts another attempt, which drops the entries of the log."""
    turns = [(await lab.running(await lab.session(), entries))[0] for _ in range(3)]
    return await best_of(partial(lab.turns.begin, t, "2") for t in turns)


async def close(lab: Lab, messages: int) -> float:
    turns = [(await lab.running(await lab.session(messages)))[0] for _ in range(TRIALS)]

    async def end(turn_id: str) -> None:
        turn = await lab.turns.get(turn_id)
        assert turn
        last = End(session_id=turn.session_id, finish_reason="stop")
        await lab.turns.close(turn, "1", "done", last, Message(role="assistant", content="words"))

    return await best_of(partial(end, t) for t in turns)


CURVES: list[Curve[Lab]] = [
    Curve("open a turn", "messages in the history", CONSTANT, open_turn),
    Curve("append to a log", "entries in it", CONSTANT, append),
    Curve("append to many logs", "turns in the flush", LINEAR, append_many, (1, 10, 100, 1000)),
    Curve("begin again", "entries that go", LINEAR, begin_again),
    Curve("close a turn", "messages in the history", CONSTANT, close),
]
