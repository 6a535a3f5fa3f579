"""P47 to P55: stopping, clearing, deleting, expiring."""

from tests.conformance.led import led, shown, shown_is_stored
from tests.conformance.reader import Reader
from tests.conformance.refusals import refused
from tests.conformance.server import Server, turn_of
from tests.conformance.stream import Stream
from tests.conformance.verdicts import holds, one_of, same
from tests.conformance.ways import EVENTS, Way

LAST_SEQ = 2**53 - 1
"""The number of the terminal event of a turn whose log has expired."""


def is_cancelled(stream: Stream) -> None:
    """Raise `Broken` unless the stream ended as a stopped turn's does."""
    end = stream.last
    same((end.kind, end.data.get("finish_reason")), ("end", "cancelled"), "type and finish_reason of the last event")


async def p47(server: Server, way: Way) -> None:
    """A running turn that is stopped ends in `end` with `cancelled`"""
    async with shown(server, way) as turn:
        one_of(await turn.user.stop(turn.turn_id), ("running", "cancelled"), "state in the answer")
        await turn.stream.to_end()
    is_cancelled(turn.stream)
    same(turn.stream.reader.text, "one ", "the text")
    await shown_is_stored(turn.user, turn.session_id, turn.turn_id, turn.stream.reader)


async def p48(server: Server, way: Way) -> None:
    """A turn that is stopped before anything was shown"""
    async with led(server, way) as turn:
        await turn.user.stop(turn.turn_id)
        await turn.stream.to_end()
    is_cancelled(turn.stream)
    holds("message_id" not in turn.stream.last.data, f"there is a message_id: {turn.stream.last.data}")
    messages = await turn.user.messages(turn.session_id)
    same([(each["role"], each["content"]) for each in messages], [("user", turn.question)], "the history")


async def p49(server: Server, way: Way) -> None:
    """A turn that waits in the queue is stopped at once"""
    user, session_id = server.user, await server.user.start()
    async with server.operator.without_worker(), way.ask(user, session_id, server.question()) as stream:
        await stream.event()
        same(await user.stop(turn_of(stream)), "cancelled", "state in the answer")
        await stream.to_end()
    same(stream.kinds, ["start", "end"], "the events")
    is_cancelled(stream)


async def p50(server: Server) -> None:
    """Stopping a turn that has ended answers 200 with its `state`"""
    user, ended = server.user, await server.ended(EVENTS)
    before = await user.look(ended.turn_id), await user.history(ended.session_id)
    for _ in range(2):
        same(await user.stop(ended.turn_id), before[0]["state"], "state in the answer")
    same((await user.look(ended.turn_id), await user.history(ended.session_id)), before, "turn and history")
    async with EVENTS.follow(user, ended.turn_id) as stream:
        same((await stream.to_end()).last, ended.stream.last, "the terminal event")


async def p51(server: Server) -> None:
    """A turn is stopped though its worker is dead."""
    operator = server.operator
    async with shown(server, EVENTS) as turn:
        await operator.kill_worker()
        try:
            one_of(await turn.user.stop(turn.turn_id), ("running", "cancelled"), "state in the answer")
            await operator.end_lease(turn.turn_id)
            await turn.stream.to_end()
        finally:
            await operator.start_worker()
    is_cancelled(turn.stream)
    await shown_is_stored(turn.user, turn.session_id, turn.turn_id, turn.stream.reader)


async def p52(server: Server, way: Way) -> None:
    """Clearing the history during a turn ends its readers' streams"""
    async with shown(server, way) as turn:
        await turn.user.json("DELETE", f"/chat/history/{turn.session_id}")
        await turn.stream.to_end()
    is_cancelled(turn.stream)
    page = await turn.user.history(turn.session_id)
    same((page["messages"], page["active_turn"]), ([], None), "messages and active turn")


async def p53(server: Server, way: Way) -> None:
    """Deleting the session during a turn ends its readers' streams"""
    async with shown(server, way) as turn:
        await turn.user.json("DELETE", f"/chat/sessions/{turn.session_id}")
        await turn.stream.to_end()
    last = turn.stream.last.data
    wanted = {"type": "error", "code": "unknown_turn", "retryable": False}
    same({name: last.get(name) for name in wanted}, wanted, "the last event")
    for cursor in ("", turn.stream.events[0].id):
        async with way.follow(turn.user, turn.turn_id, cursor) as stream:
            refused(stream.answer, 404, "unknown_turn")


async def p54(server: Server, way: Way) -> None:
    """A turn whose log has expired, and whose reply is in the history"""
    ended = await server.new_ended(way)
    await server.operator.expire(ended.turn_id)
    for seq in (0, 1, ended.stream.last.seq, ended.stream.last.seq + 1000, LAST_SEQ - 1):
        reader = Reader("stale", "stale", seq)
        async with way.follow(server.user, ended.turn_id, f"{ended.turn_id}:{seq}", reader) as stream:
            await stream.to_end()
        same([event.seq for event in stream.events], [LAST_SEQ - 1, LAST_SEQ], f"the numbers after {seq}")
        same(stream.kinds, ["snapshot", ended.stream.last.kind], f"the events after {seq}")
        same(stream.last.data, ended.stream.last.data, f"the terminal event after {seq}")
        same((reader.text, reader.thinking), (ended.reader.text, ended.reader.thinking), f"what is shown after {seq}")
    async with way.follow(server.user, ended.turn_id, f"{ended.turn_id}:{LAST_SEQ}") as stream:
        same(stream.status, 204, "status at the last number")


async def p55(server: Server) -> None:
    """A turn whose log has expired, that left no reply"""
    operator = server.operator
    async with led(server, EVENTS) as turn:
        await turn.user.stop(turn.turn_id)
        await turn.stream.to_end()
    await operator.expire(turn.turn_id)
    for cursor in ("", turn.stream.events[0].id):
        async with EVENTS.follow(turn.user, turn.turn_id, cursor) as stream:
            refused(stream.answer, 404, "unknown_turn")
