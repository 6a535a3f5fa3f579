"""P100 to P104: calls of tools that a client has offered."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.conformance.cursors import BEYOND, left_after, moments
from tests.conformance.led import Led
from tests.conformance.reader import Reader
from tests.conformance.server import Ended, Server
from tests.conformance.stopping import LAST_SEQ
from tests.conformance.verdicts import holds, same
from tests.conformance.ways import EVENTS, WAYS

SUN = {"id": "call_1", "name": "weather", "arguments": '{"city":"Bern"}'}
NOW = {"id": "call_2", "name": "time", "arguments": "{}"}


@asynccontextmanager
async def offered(server: Server) -> AsyncIterator[Led]:
    """A turn whose client offers tools, and whose model was asked and has said nothing yet."""
    operator, user, question = server.operator, server.user, server.question()
    requests, session_id = server.model.lead(question), await user.start()
    turn_id = await operator.offer_tools(session_id, question)
    async with EVENTS.follow(user, turn_id) as stream:
        await stream.event()
        yield Led(user, session_id, turn_id, question, stream, requests, await requests.next())


async def calls(turn: Led, *calls: dict[str, str]) -> None:
    """Have the model call tools, the arguments in two pieces each. Returns once a reader has them."""
    for call in calls:
        index, half = len(turn.stream.reader.calls), len(call["arguments"]) // 2
        expected = size_of(turn.stream.reader.calls) + size_of([call])
        await turn.reply.call(index, call["id"], call["name"])
        for piece in (call["arguments"][:half], call["arguments"][half:]):
            await turn.reply.call(index, arguments=piece)
        await turn.stream.read(lambda size=expected: size_of(turn.stream.reader.calls) == size)  # type: ignore[misc]


def size_of(calls: Sequence[dict[str, str]]) -> int:
    """Returns how long all arguments are."""
    return sum(len(call["arguments"]) for call in calls)


async def called(server: Server) -> Ended:
    """A turn that has ended with calls."""
    async with offered(server) as turn:
        await calls(turn, SUN, NOW)
        await turn.reply.finish("tool_calls")
        await turn.stream.to_end()
    return Ended(turn.session_id, turn.turn_id, turn.question, turn.stream)


async def p100(server: Server) -> None:
    """Where a client offers tools, a call comes as `tool_call`"""
    ended = await called(server)
    begun = [event.data for event in ended.stream.events if event.kind == "tool_call"]
    same([each["index"] for each in begun], [0, 1], "index of the tool_call events")
    same(
        [(each["id"], each["name"]) for each in begun], [(call["id"], call["name"]) for call in (SUN, NOW)], "the calls"
    )
    for place, event in enumerate(ended.stream.events):
        if event.kind == "tool_arguments":
            before = [each.data["index"] for each in ended.stream.events[:place] if each.kind == "tool_call"]
            holds(event.data["index"] in before, f"no call of {event} came before it")
            holds(event.data["content"] != "", f"{event} has no content")
    same(ended.reader.calls, [SUN, NOW], "the calls with their arguments")


async def p101(server: Server) -> None:
    """A reply of calls alone is complete"""
    ended = await called(server)
    end = ended.stream.last.data
    same((end["type"], end.get("finish_reason")), ("end", "tool_calls"), "type and finish_reason of the last event")
    turn = await server.user.look(ended.turn_id)
    same((turn["state"], turn["finish_reason"]), ("done", "tool_calls"), "the turn")
    reply = (await server.user.messages(ended.session_id))[-1]
    same(
        (reply["id"], reply["content"], reply.get("finish_reason")), (end["message_id"], "", "tool_calls"), "the reply"
    )
    same(reply.get("tool_calls"), ended.reader.calls, "tool_calls of the reply")


async def p102(server: Server) -> None:
    """A `restart` voids the calls before it"""
    operator = server.operator
    async with offered(server) as turn:
        await calls(turn, SUN)
        await operator.kill_worker()
        await operator.start_worker()
        await operator.end_lease(turn.turn_id)
        reply = await turn.requests.next()
        await reply.call(0, NOW["id"], NOW["name"])
        await reply.call(0, arguments=NOW["arguments"])
        await reply.finish("tool_calls")
        await turn.stream.to_end()
        holds("restart" in turn.stream.kinds, f"no restart came: {turn.stream.kinds}")
        after = turn.stream.kinds.index("restart")
        begun = [event.data["index"] for event in turn.stream.events[after:] if event.kind == "tool_call"]
        same(begun, [0], "index of the calls after the restart")
        same(turn.stream.reader.calls, [NOW], "the calls")
        stored = (await turn.user.messages(turn.session_id))[-1]
        same(stored.get("tool_calls"), [NOW], "tool_calls of the reply")


async def p103(server: Server) -> None:
    """A `snapshot` has all calls so far in `tool_calls`"""
    async with offered(server) as turn:
        await calls(turn, SUN)
        cursor = f"{turn.turn_id}:{turn.stream.last.seq + BEYOND}"
        async with EVENTS.follow(turn.user, turn.turn_id, cursor) as stream:
            first = await stream.event()
            same((first.kind, first.data.get("tool_calls")), ("snapshot", [SUN]), "the first event beyond the last one")
        await calls(turn, NOW)
        await turn.reply.finish("tool_calls")
        await turn.stream.to_end()
    await server.operator.expire(turn.turn_id)
    async with EVENTS.follow(turn.user, turn.turn_id, f"{turn.turn_id}:1") as stream:
        await stream.to_end()
    same([event.seq for event in stream.events], [LAST_SEQ - 1, LAST_SEQ], "the numbers after the log has expired")
    same(stream.reader.calls, [SUN, NOW], "the calls after the log has expired")


async def p104(server: Server) -> None:
    """A reader that left after any event of a reply with calls"""
    ended = await called(server)
    for seen in moments(ended):
        for way in WAYS:
            reader = left_after(ended, seen)
            cursor = ended.stream.events[seen - 1].id
            async with way.follow(server.user, ended.turn_id, cursor, reader) as stream:
                await stream.to_end()
            same(reader.calls, [SUN, NOW], f"the calls of a reader that left after {cursor}")
    whole = Reader()
    async with EVENTS.follow(server.user, ended.turn_id, reader=whole) as stream:
        await stream.to_end()
    same(whole.calls, [SUN, NOW], "the calls of a late reader")
