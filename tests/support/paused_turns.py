"""Turns that wait for an answer of their user in a stack without workers: the test does a worker's steps."""

from collections.abc import Sequence

from chat import keys
from chat.approvals import Approvals
from chat.asks import Ask
from chat.event_log import LogWriter, TurnLog
from chat.events import Chunk, ToolArguments, ToolCall
from chat.queue import Queue
from chat.settings import Settings
from chat.turns import Turns
from tests.support.approvals import ask
from tests.support.client import Client
from tests.support.stack import Stack

SETTINGS = Settings(_env_file=None)
TEXT = "Shall I?"


class HandMade:
    """A worker's steps on the store and the queue of a stack."""

    def __init__(self, stack: Stack, seconds: float = 3600) -> None:
        self.turns = Turns(stack.store, SETTINGS)
        self.queue = Queue(stack.queue, SETTINGS)
        self.approvals = Approvals(stack.store, SETTINGS, self.turns.open_turns, seconds)
        self._log = TurnLog(stack.store)

    async def claim(self, turn_id: str) -> LogWriter:
        """Claims the job and begins the turn."""
        self.token = await self.queue.take(turn_id)
        assert self.token
        claimed = await self.turns.begin(turn_id, self.token, earlier="keep")
        assert claimed.status == "begun"
        assert claimed.turn
        return LogWriter(turn_id, self.token, claimed.turn.seq)

    async def call(self, writer: LogWriter, asks: Sequence[Ask]) -> int:
        """Writes a text and the calls that the asks are about. Returns the number of the last event."""
        events = [
            event
            for each in asks
            for event in (
                ToolCall(index=each.index, id=f"c{each.index}", name=each.name, server=each.server),
                ToolArguments(index=each.index, content=each.arguments),
            )
        ]
        (outcome,) = await self._log.append([(writer, [Chunk(content=TEXT), *events])])
        assert outcome is False
        return writer.seq

    async def park(self, turn_id: str, *asks: Ask) -> None:
        """Has the turn ask about these calls, by default one, and ends its job."""
        asked = asks or (ask(),)
        writer = await self.claim(turn_id)
        assert self.token
        seq = await self.call(writer, asked)
        assert (await self.approvals.park(turn_id, self.token, seq, asked)).status == "parked"
        await self.queue.finish(turn_id, self.token)

    async def is_queued(self, turn_id: str) -> bool:
        return await self.queue.has(turn_id)


async def paused(stack: Stack, user: Client, *asks: Ask, seconds: float = 3600) -> tuple[HandMade, str]:
    """Returns a turn of a new session of the user's that waits for answers, with its worker's steps."""
    turn_id = await user.ask(await user.start(), "hello")
    worker = HandMade(stack, seconds)
    await worker.park(turn_id, *asks)
    assert keys.session_of(turn_id)
    return worker, turn_id
