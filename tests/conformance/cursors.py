"""P35 to P46, P77, P80: where a reader goes on."""

import asyncio
from contextlib import AbstractAsyncContextManager

from tests.conformance.led import Led, answered, at_stream_limit, going_on, led, readers, shown, shown_is_stored
from tests.conformance.order import worker_dies
from tests.conformance.reader import Reader
from tests.conformance.refusals import refused
from tests.conformance.requests import nothing_asked
from tests.conformance.server import Ended, Server
from tests.conformance.stream import Stream
from tests.conformance.user import User
from tests.conformance.verdicts import same
from tests.conformance.ways import EVENTS, NOT_ASKED, STREAM, WAYS, Way

BEYOND = 1_000_000_000
BAD_SEQS = ("x", "-1", "01", "1.5", "1e3", "9007199254740992")
BAD_HEADERS = ("x", "12", ":5", "T:", "T:-1", "T:01", "T:1.5", "T:1e3", "T: 1", "T:1:1", "T:9007199254740992")
MOST_CURSORS = 30


def left_after(ended: Ended, count: int) -> Reader:
    """A reader that left after so many events of the stream."""
    reader = Reader()
    for block in [block for block in ended.stream.blocks if any(line.startswith("data") for line in block)][:count]:
        reader.take(block)
    return reader


def moments(ended: Ended) -> range:
    """After how many events a reader leaves: all of them but the last, or some where there are very many."""
    count = len(ended.stream.events)
    return range(1, count, max(1, count // MOST_CURSORS))


async def p35(server: Server, way: Way) -> None:
    """A reader that left after any event of a stream, and comes back"""
    ended = await server.ended(way)
    for count in moments(ended):
        reader, last_id = left_after(ended, count), ended.stream.events[count - 1].id
        async with way.follow(server.user, ended.turn_id, last_id, reader) as stream:
            await stream.to_end()
        same(
            (reader.text, reader.thinking), (ended.reader.text, ended.reader.thinking), f"what is shown after {last_id}"
        )
    if server.model_control:
        await leaves_after_each_event(server, way)


async def leaves_after_each_event(server: Server, way: Way) -> None:
    """The same for a running reply."""
    async with led(server, way) as turn:
        reader, last_id, text = turn.stream.reader, turn.stream.last.id, ""
        for word in ("one ", "two ", "three "):
            text += word
            await turn.reply.say(word)
            async with way.follow(turn.user, turn.turn_id, last_id, reader) as stream:
                await stream.shows(text)
                last_id = stream.last.id
        await turn.reply.finish()
        async with way.follow(turn.user, turn.turn_id, last_id, reader) as stream:
            await stream.to_end()
    await shown_is_stored(turn.user, turn.session_id, turn.turn_id, reader)


async def p36(server: Server) -> None:
    """So does one that comes back with `?after=<seq>`."""
    ended = await server.ended(EVENTS)
    for count in moments(ended):
        reader = left_after(ended, count)
        path = f"/chat/turns/{ended.turn_id}/events"
        async with server.user.open(path, None, reader, ended.turn_id, {"after": reader.cursor}) as stream:
            await stream.to_end()
        same(stream.events[0].seq > ended.stream.events[count - 1].seq, True, "that only later events came")
        same(
            (reader.text, reader.thinking),
            (ended.reader.text, ended.reader.thinking),
            f"what is shown, {count} events on",
        )


async def p80(server: Server) -> None:
    """With `wait`, `/events` ends its body after the events that are there"""
    ended = await server.ended(EVENTS)
    path = f"/chat/turns/{ended.turn_id}/events"
    for wrong in (-1, 21, "x"):
        refused(await server.user.request("GET", path, params={"wait": wrong}), 422, "invalid_request")
    reader = await body_by_body(server.user, ended.turn_id, Reader(), until_end=True)
    same(reader.text, ended.reader.text, "what is shown at the end")
    if server.model_control:
        await says_word_by_word(server)


async def says_word_by_word(server: Server) -> None:
    """The same for a running reply, and while nothing is written."""
    async with led(server, EVENTS) as turn:
        text, reader = "", await body_by_body(turn.user, turn.turn_id, Reader())
        for word in ("one ", "two "):
            text += word
            await turn.reply.say(word)
            while reader.text != text:
                await body_by_body(turn.user, turn.turn_id, reader)
        await body_by_body(turn.user, turn.turn_id, reader)
        same(reader.text, text, "the text after a body without events")
        await turn.reply.finish()
        await body_by_body(turn.user, turn.turn_id, reader, until_end=True)
    await shown_is_stored(turn.user, turn.session_id, turn.turn_id, reader)


async def body_by_body(user: User, turn_id: str, reader: Reader, *, until_end: bool = False) -> Reader:
    """Read one body of a second at most, or all of them."""
    while not reader.ending:
        query = {"after": reader.cursor, "wait": 1}
        async with user.open(f"/chat/turns/{turn_id}/events", None, reader, turn_id, query) as stream:
            same(stream.status, 200, "status with wait")
            await stream.read()
        if not reader.ending:
            same(stream.blocks[-1:], [["retry: 1000"]], "the last block of a body with wait")
        if not until_end:
            break
    return reader


async def p37(server: Server) -> None:
    """Of a header and an `after` that differ, the header counts."""
    ended = await server.ended(EVENTS)
    path, seq = f"/chat/turns/{ended.turn_id}/events", ended.stream.last.seq
    async with server.user.open(path, ended.last_id, query={"after": 1}) as stream:
        same(stream.status, 204, "status with the last id in the header")
    async with server.user.open(path, f"{ended.turn_id}:1", turn_id=ended.turn_id, query={"after": seq}) as stream:
        same(stream.status, 200, "status with the last number in `after`")
        await stream.to_end()


async def p38(server: Server, way: Way) -> None:
    """An empty `Last-Event-ID` and an empty `after` count as not given."""
    if way is EVENTS:
        turn_id = (await server.ended(EVENTS)).turn_id
        opened = server.user.open(f"/chat/turns/{turn_id}/events", "", turn_id=turn_id, query={"after": ""})
    else:
        query = {"session_id": await server.user.start(), "message": server.question()}
        opened = server.user.open("/chat/stream", "", query=query)
    async with opened as stream:
        same(stream.status, 200, "status")
        await stream.to_end()
    same((stream.events[0].kind, stream.events[0].seq), ("start", 1), "type and number of the first event")


async def p39(server: Server, way: Way) -> None:
    """`x`, `12`, `:5`, `T:`, `T:-1`, `T:01`"""
    ended = await server.ended(way)
    for cursor in BAD_HEADERS:
        async with way.follow(server.user, ended.turn_id, cursor.replace("T", ended.turn_id)) as stream:
            refused(stream.answer, 400, "bad_cursor")
    for seq in BAD_SEQS if way is EVENTS else ():
        answer = await server.user.request("GET", f"/chat/turns/{ended.turn_id}/events", params={"after": seq})
        refused(answer, 400, "bad_cursor")


async def p40(server: Server) -> None:
    """A cursor of another turn is 400 `bad_cursor` on `/events`"""
    ended, other = await server.ended(EVENTS), await server.ended(STREAM)
    async with EVENTS.follow(server.user, other.turn_id, ended.last_id) as stream:
        refused(stream.answer, 400, "bad_cursor")
    session_id = await server.user.start()
    query = {"session_id": session_id, "message": NOT_ASKED}
    async with server.user.open("/chat/stream", ended.last_id, query=query) as stream:
        refused(stream.answer, 400, "bad_cursor")
    await nothing_asked(server.user, session_id)


async def p41(server: Server, way: Way) -> None:
    """A cursor at the last event of an ended turn is 204"""
    ended = await server.ended(way)
    await has_nothing_more(way.follow(server.user, ended.turn_id, ended.last_id))
    if server.operator_hand and server.model_control:
        user = await server.visitors.another()
        ended = await server.new_ended(way, user)
        async with at_stream_limit(server, server.operator_hand, user):
            await has_nothing_more(way.follow(user, ended.turn_id, ended.last_id))


async def has_nothing_more(following: AbstractAsyncContextManager[Stream]) -> None:
    """Raise `Broken` unless there is nothing more to read."""
    async with following as stream:
        same(stream.status, 204, "status")
        same(await stream.answer.aread(), b"", "body")


async def p42(server: Server, way: Way) -> None:
    """A cursor at the last event of an active turn is 200"""
    async with shown(server, way) as turn:
        at = turn.stream.last
        async with way.follow(turn.user, turn.turn_id, at.id, Reader("one ", cursor=at.seq)) as stream:
            same(stream.status, 200, "status")
            await turn.reply.say("two")
            first = await stream.event()
            same(first.data, {"type": "chunk", "content": "two"}, "the first event")
            same(first.seq > at.seq, True, "that its number is greater than the cursor")
            await turn.reply.finish()
            await stream.to_end()
        same(stream.reader.text, "one two", "the text")


async def p43(server: Server, way: Way) -> None:
    """A cursor beyond the last event of an ended turn gets `snapshot`"""
    ended = await server.ended(way)
    cursor = f"{ended.turn_id}:{ended.stream.last.seq + BEYOND}"
    async with way.follow(server.user, ended.turn_id, cursor, stale(ended.stream)) as stream:
        await stream.to_end()
    same(stream.kinds, ["snapshot", ended.stream.last.kind], "the events")
    same(stream.last, ended.stream.last, "the terminal event")
    same((stream.reader.text, stream.reader.thinking), (ended.reader.text, ended.reader.thinking), "what is shown")
    await has_nothing_more(way.follow(server.user, ended.turn_id, stream.last.id))


def stale(stream: Stream) -> Reader:
    """A reader that shows what never was, far beyond the stream."""
    return Reader("stale", "stale", stream.last.seq + BEYOND)


async def p44(server: Server, way: Way) -> None:
    """A cursor beyond the last event of an active turn gets `snapshot`"""
    async with shown(server, way) as turn:
        cursor = f"{turn.turn_id}:{turn.stream.last.seq + BEYOND}"
        async with way.follow(turn.user, turn.turn_id, cursor, stale(turn.stream)) as stream:
            first = await stream.event()
            same(first.data, {"type": "snapshot", "content": "one ", "thinking": ""}, "the first event")
            await turn.reply.say("two")
            await turn.reply.finish()
            await stream.to_end()
        same(stream.reader.text, "one two", "the text")
    await shown_is_stored(turn.user, turn.session_id, turn.turn_id, stream.reader)


async def p45(server: Server) -> None:
    """A cursor from before a restart gets `restart` as its first event."""
    operator = server.operator
    async with shown(server, EVENTS) as turn:
        before = turn.stream.events[-1].id, turn.stream.events[0].id
        await worker_dies(operator, turn)
        await turn.stream.to_end()
        for cursor in before:
            for way in WAYS:
                reader = Reader("one ", cursor=int(cursor.rpartition(":")[2]))
                async with way.follow(turn.user, turn.turn_id, cursor, reader) as stream:
                    same((await stream.event()).kind, "restart", f"the first event after {cursor} by {way.name}")
                    await stream.to_end()
                same(reader.text, "two", "the text")


async def p46(server: Server) -> None:
    """While the store is out of reach for a few seconds"""
    operator = server.operator
    async with shown(server, EVENTS) as turn, readers(turn) as open_streams:
        for stream in open_streams:
            await stream.shows("one ")
        async with asyncio.TaskGroup() as tasks:
            async with operator.outage():
                for way in WAYS:
                    tasks.create_task(comes_with_cursor(turn, way))
            again = tasks.create_task(answered(turn.requests, "one two"))  # the worker may begin anew
            await turn.reply.say("two")
            await turn.reply.finish()
            for stream in (turn.stream, *open_streams):
                await stream.to_end()
                same(stream.reader.text, "one two", "the text of a stream that was open")
            again.cancel()
        await shown_is_stored(turn.user, turn.session_id, turn.turn_id, turn.stream.reader)


async def comes_with_cursor(turn: Led, way: Way) -> None:
    """A reader comes with the cursor after "one "."""
    at = turn.stream.last
    async with way.follow(turn.user, turn.turn_id, at.id, Reader("one ", cursor=at.seq)) as stream:
        same(stream.status, 200, f"status of {way.name} while the store is out of reach")
        await stream.to_end()
    same(stream.reader.text, "one two", "the text of a reader that came meanwhile")


async def p77(server: Server) -> None:
    """A cursor from before a resume gets all that was written after it"""
    async with going_on(server) as turn:
        await worker_dies(server.operator, turn)
        await turn.stream.to_end()
        ended = Ended(turn.session_id, turn.turn_id, turn.question, turn.stream)
        for count in moments(ended):
            for way in WAYS:
                reader, last_id = left_after(ended, count), turn.stream.events[count - 1].id
                is_before = "resume" not in turn.stream.kinds[:count]
                async with way.follow(turn.user, turn.turn_id, last_id, reader) as stream:
                    await stream.to_end()
                same("resume" in stream.kinds, is_before, f"whether a resume came after {last_id}")
                same(reader.text, "one two", f"what is shown after {last_id}")
