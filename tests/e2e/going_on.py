"""Workers, one of which begins a reply and is lost, and one that goes on with it."""

from chat.event_log import LogWriter, TurnLog
from chat.events import AnyEvent, Chunk
from chat.settings import Settings
from chat.turns import Turns
from tests.support.stack import SECRET, Stack


async def begin(stack: Stack, turn_id: str, text: str) -> None:
    """Act as a worker that writes text and is lost."""
    await begin_with(stack, turn_id, Chunk(text))


async def begin_with(stack: Stack, turn_id: str, *events: AnyEvent) -> None:
    """Act as a worker that writes these events and is lost."""
    claimed = await _turns(stack).begin(turn_id, "100")
    assert claimed.turn
    writer = LogWriter(turn_id, "100", claimed.turn.seq)
    assert await TurnLog(stack.store).append([(writer, list(events))]) == [False]


async def go_on(stack: Stack, turn_id: str) -> LogWriter:
    """Act as a worker that goes on with the reply."""
    claimed = await _turns(stack).begin(turn_id, "200", earlier="keep")
    assert claimed.turn
    return LogWriter(turn_id, "200", claimed.turn.seq)


async def write(stack: Stack, writer: LogWriter, text: str) -> None:
    assert await TurnLog(stack.store).append([(writer, [Chunk(text)])]) == [False]


def _turns(stack: Stack) -> Turns:
    return Turns(stack.store, Settings(secret_key=SECRET))
