"""P23 to P34, P76: what comes after what, and what holds at the end."""

from typing import Any

from tests.conformance.control import Operator
from tests.conformance.framing import streams
from tests.conformance.led import Led, going_on, led, readers, shown, shown_is_stored
from tests.conformance.server import Server
from tests.conformance.stream import TERMINAL, Stream
from tests.conformance.suite import last
from tests.conformance.verdicts import holds, one_of, same
from tests.conformance.ways import EVENTS, WAYS, Way

STATES = {
    "stop": "done",
    "length": "done",
    "tool_calls": "done",
    "content_filter": "done",
    "cancelled": "cancelled",
}


async def p23(server: Server, way: Way) -> None:
    """From cursor 0 the first event is `start`, with `seq` 1"""
    ended = await server.ended(way)
    async with way.follow(server.user, ended.turn_id) as late:
        await late.to_end()
    for stream in (ended.stream, late):
        first = stream.events[0]
        same((first.kind, first.id), ("start", f"{ended.turn_id}:1"), "type and id of the first event")
        same(first.data["turn_id"], ended.turn_id, "turn_id")
        same(first.data["session_id"], ended.session_id, "session_id")
        holds(first.data["position"] >= 0, f"position is {first.data['position']}")
        same(stream.kinds.count("start"), 1, "how many start events there are")


@last
async def p24(server: Server) -> None:
    """Within a stream each `seq` is greater than the one before it"""
    for stream in await streams(server):
        for before, event in zip(stream.events, stream.events[1:], strict=False):
            holds(event.kind == "snapshot" or event.seq > before.seq, f"{event} comes after {before}")


@last
async def p25(server: Server) -> None:
    """A stream that is read to its end has exactly one terminal event"""
    for stream in await streams(server):
        terminal = [event for event in stream.events if event.kind in TERMINAL]
        holds(not terminal or terminal == stream.events[-1:], f"the events are {stream.kinds}")


@last
async def p26(server: Server) -> None:
    """`content` of `chunk` and `thinking` is never empty."""
    for stream in await streams(server):
        for event in stream.events:
            holds(event.kind not in ("chunk", "thinking") or event.data["content"], f"{event} has no content")


async def p27(server: Server, way: Way) -> None:
    """Where the model fails before its first word, `retry` events come"""
    async with led(server, way) as turn:
        await turn.reply.refuse()
        await (await turn.requests.next()).refuse()
        reply = await turn.requests.next()
        await reply.say("twelve")
        await reply.finish()
        await turn.stream.to_end()
    retries = [event.data for event in turn.stream.events if event.kind == "retry"]
    same([retry["attempt"] for retry in retries], [2, 3], "attempt of the retry events")
    for retry in retries:
        holds(0 <= retry["wait_seconds"] <= 20, f"wait_seconds is {retry['wait_seconds']}")
    same(turn.stream.kinds[:3], ["start", "retry", "retry"], "the first events")
    same(turn.stream.reader.text, "twelve", "the text")


async def p28(server: Server, way: Way) -> None:
    """Where the model fails after its first word there is no `retry`"""
    async with shown(server, way) as turn:
        await turn.reply.break_off()
        await turn.stream.to_end()
    holds("retry" not in turn.stream.kinds, f"the events are {turn.stream.kinds}")
    same((turn.stream.last.kind, turn.stream.reader.text), ("error", "one "), "the end, and the text")
    await shown_is_stored(turn.user, turn.session_id, turn.turn_id, turn.stream.reader)


async def worker_dies(operator: Operator, turn: Led, turn_id: str = "", rest: str = "two") -> None:
    """The worker of the turn, or of another one with its question, is killed; another worker writes "two"."""
    await operator.kill_worker()
    await operator.start_worker()
    await operator.end_lease(turn_id or turn.turn_id)
    reply = await turn.requests.next()
    await reply.say(rest)
    await reply.finish()


async def p29(server: Server) -> None:
    """A worker that dies in mid-reply leads to a `restart` or a `resume`"""
    operator = server.operator
    async with shown(server, EVENTS) as turn, readers(turn) as others:
        for stream in others:
            await stream.shows("one ")
        await worker_dies(operator, turn)
        for stream in (turn.stream, *others):
            await stream.to_end()
            restarts = [event.data for event in stream.events if event.kind == "restart"]
            same(len(restarts), 1, "how many restart events there are")
            holds(restarts[0]["attempt"] >= 2, f"attempt is {restarts[0]['attempt']}")
            same(stream.kinds[-1:], ["end"], "the last event")
            same(stream.reader.text, "two", "the text")
            await shown_is_stored(turn.user, turn.session_id, turn.turn_id, stream.reader)


async def p30(server: Server, way: Way) -> None:
    """The text of every reader after the terminal event is the `content`"""
    ended = await server.ended(way)
    await shown_is_stored(server.user, ended.session_id, ended.turn_id, ended.reader)
    if server.model_control:
        async with led(server, way) as turn:
            await turn.reply.think("thought")
            await turn.reply.say("one ")
            await turn.reply.think(" again")
            await turn.reply.say("two")
            await turn.reply.finish()
            await turn.stream.to_end()
        same(turn.stream.reader.thinking, "thought again", "the thinking")
        await shown_is_stored(turn.user, turn.session_id, turn.turn_id, turn.stream.reader)


async def p31(server: Server, way: Way) -> None:
    """Where the terminal event has a `message_id`, a history that is read"""
    ended = await server.new_ended(way)
    messages = await server.user.messages(ended.session_id)
    end = ended.stream.last.data
    holds("message_id" in end, f"a reply that was shown has no message_id: {end}")
    found = [each for each in messages if each["id"] == end["message_id"]]
    same([each["turn_id"] for each in found], [ended.turn_id], "turn_id of the message")
    same(found[0].get("usage"), end.get("usage"), "usage of the message")


async def p32(server: Server, way: Way) -> None:
    """A turn that is looked at after the terminal event has the `state`"""
    ended = await server.new_ended(way)
    state_matches_end(await server.user.look(ended.turn_id), ended.stream)
    if server.model_control:
        async with shown(server, way) as failed:
            await failed.reply.break_off()
            await failed.stream.to_end()
        state_matches_end(await failed.user.look(failed.turn_id), failed.stream)
        async with shown(server, way) as stopped:
            await stopped.user.stop(stopped.turn_id)
            await stopped.stream.to_end()
        state_matches_end(await stopped.user.look(stopped.turn_id), stopped.stream)


def state_matches_end(turn: dict[str, Any], stream: Stream) -> None:
    """Raise `Broken` unless the turn is as its terminal event says."""
    end = stream.last.data
    found = {name: turn[name] for name in ("state", "finish_reason", "usage", "error")}
    if end["type"] == "error":
        error = {"code": end["code"], "detail": end["content"], "retryable": end["retryable"]}
        same(found, {"state": "failed", "finish_reason": None, "usage": None, "error": error}, "the turn")
        return
    one_of(end["finish_reason"], STATES, "finish_reason of the end")
    reason = end["finish_reason"]
    wanted = {"state": STATES[reason], "finish_reason": reason, "usage": end.get("usage"), "error": None}
    same(found, wanted, "the turn")


async def p33(server: Server, way: Way) -> None:
    """A question that is sent after the terminal event is not refused"""
    user, session_id = server.user, await server.user.start()
    async with way.ask(user, session_id, server.question()) as stream:
        await stream.read(lambda: stream.reader.ending != "")
        answer = await user.post(session_id, server.question())
    same(answer.status_code, 202, "status of the next question")
    async with EVENTS.follow(user, answer.json()["turn_id"]) as stream:
        await stream.to_end()


async def p34(server: Server, way: Way) -> None:
    """Readers that leave, at any moment, change nothing about the turn."""
    async with led(server, way) as turn:
        text = ""
        for word in ("one ", "two ", "three "):
            for again in WAYS:
                async with again.follow(turn.user, turn.turn_id):
                    pass
                async with again.follow(turn.user, turn.turn_id) as leaving:
                    await leaving.event()
            text += word
            await turn.reply.say(word)
            await turn.stream.shows(text)
    await turn.reply.say("four")
    await turn.reply.finish()
    async with EVENTS.follow(turn.user, turn.turn_id) as stream:
        await stream.to_end()
    same((stream.last.kind, stream.reader.text), ("end", "one two three four"), "the end, and the text")
    same((await turn.user.look(turn.turn_id))["attempt"], 1, "attempt")
    await shown_is_stored(turn.user, turn.session_id, turn.turn_id, stream.reader)


async def p76(server: Server) -> None:
    """Where the model continues replies, a worker that dies in mid-reply leads to a `resume`"""
    async with going_on(server) as turn, readers(turn) as others:
        for stream in others:
            await stream.shows("one ")
        await worker_dies(server.operator, turn)
        for stream in (turn.stream, *others):
            await stream.to_end()
            resumes = [event.data for event in stream.events if event.kind == "resume"]
            same(len(resumes), 1, "how many resume events there are")
            holds(resumes[0]["attempt"] >= 2, f"attempt is {resumes[0]['attempt']}")
            same(("restart" in stream.kinds, stream.kinds[-1]), (False, "end"), "a restart, and the last event")
            same(stream.reader.text, "one two", "the text")
            await shown_is_stored(turn.user, turn.session_id, turn.turn_id, stream.reader)
