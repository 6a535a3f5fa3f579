"""P59 to P62: asking and following in one request, `GET /chat/stream`."""

from tests.conformance.cursors import left_after
from tests.conformance.led import shown
from tests.conformance.server import Server, turn_of
from tests.conformance.verdicts import holds, same
from tests.conformance.ways import NOT_ASKED, STREAM


async def p59(server: Server) -> None:
    """It asks the question, and streams the turn from `start`."""
    ended = await server.ended(STREAM)
    same((ended.stream.events[0].kind, ended.stream.events[0].seq), ("start", 1), "type and number of the first event")
    messages = await server.user.messages(ended.session_id)
    asked = [each["content"] for each in messages if each["role"] == "user"]
    same(asked, [ended.question], "the questions in the history")
    same([each["turn_id"] for each in messages if each["role"] == "assistant"], [ended.turn_id], "the replies' turns")


async def p60(server: Server) -> None:
    """With `Last-Event-ID` it asks nothing, whatever `message` says"""
    ended = await server.ended(STREAM)
    before = await server.user.history(ended.session_id)
    for message in (NOT_ASKED, ended.question, ""):
        reader, first = left_after(ended, 1), ended.stream.events[0]
        query = {"session_id": ended.session_id, "message": message}
        async with server.user.open("/chat/stream", first.id, reader, ended.turn_id, query) as stream:
            await stream.to_end()
        holds(all(event.seq > first.seq for event in stream.events), "an event of before the cursor came")
        same(stream.last, ended.stream.last, "the last event")
        same(reader.text, ended.reader.text, "the text")
    same(await server.user.history(ended.session_id), before, "the history")


async def p61(server: Server) -> None:
    """The same request while its turn is active"""
    async with shown(server, STREAM) as turn:
        async with STREAM.ask(turn.user, turn.session_id, turn.question) as again:
            await again.shows("one ")
            await turn.reply.say("two")
            await turn.reply.finish()
            await again.to_end()
        same(turn_of(again), turn.turn_id, "the turn")
        same((again.events[0].kind, again.events[0].seq), ("start", 1), "type and number of the first event")
        same(again.reader.text, "one two", "the text")
    asked = [each["content"] for each in await turn.user.messages(turn.session_id) if each["role"] == "user"]
    same(asked, [turn.question], "the questions in the history")


async def p62(server: Server) -> None:
    """The same request after a reader of it was sent the terminal event"""
    ended = await server.new_ended(STREAM)
    async with STREAM.ask(server.user, ended.session_id, ended.question) as stream:
        await stream.to_end()
    holds(turn_of(stream) != ended.turn_id, "it is the same turn")
    asked = [each["content"] for each in await server.user.messages(ended.session_id) if each["role"] == "user"]
    same(asked, [ended.question] * 2, "the questions in the history")
