"""P15 to P22, P81: the form of the stream."""

import asyncio
import json
import re
from collections.abc import Callable, Iterator

from tests.conformance import event_fields
from tests.conformance.following import Follower
from tests.conformance.led import Led, led, readers, shown, shown_is_stored
from tests.conformance.reader import Reader, blocks, fields
from tests.conformance.server import Server
from tests.conformance.stream import TERMINAL, Stream
from tests.conformance.suite import last
from tests.conformance.user import User
from tests.conformance.verdicts import holds, one_of, same
from tests.conformance.ways import EVENTS, WAYS, Way

ODD = 'two\nlines\r\n"quoted" \\back\\slash, \0, \x85, \u2028, \u2029, \U0001f9ca\U0001f468\u200d\U0001f469'
GREATEST_SEQ = 2**53 - 1
ID = re.compile(r"(.+):([1-9][0-9]*)")
PING_EVENT = ["event: ping", "data: {}"]
RETRY = re.compile(r"retry: ?([0-9]+)")


async def p15(server: Server, way: Way) -> None:
    """The stream has the status 200, the media type"""
    answer = (await server.ended(way)).stream.answer
    same(answer.status_code, 200, "status")
    same(answer.headers.get("Content-Type", "").partition(";")[0], "text/event-stream", "media type")
    directives = {part.strip() for part in answer.headers.get("Cache-Control", "").split(",")}
    holds({"no-cache", "no-transform"} <= directives, f"Cache-Control has {sorted(directives)}")
    same(answer.headers.get("X-Accel-Buffering"), "no", "X-Accel-Buffering")


async def streams(server: Server) -> list[Stream]:
    """Every stream that the run has read, among them a whole one of each way."""
    for way in WAYS:
        await server.ended(way)
    return [stream for stream in server.seen.streams if stream.status == 200]


def events(stream: Stream) -> Iterator[dict[str, str]]:
    """The fields of each block that is an event."""
    found = map(fields, stream.blocks)
    return (block for block in found if "data" in block or "id" in block)


@last
async def p16(server: Server) -> None:
    """The first block is `retry: 1000`"""
    for stream in await streams(server):
        same(stream.blocks[:1], [["retry: 1000"]] if stream.blocks else [], "the first block")
        for block in stream.blocks:
            names = [line.partition(":")[0] for line in block]
            one_of(names, ([""], ["retry"], ["id", "data"], ["data", "id"]), "the fields of a block")
            holds(names != ["retry"] or RETRY.fullmatch(block[0]), f"a retry line is {block[0]!r}")


@last
async def p17(server: Server) -> None:
    """Every `id` is `<turn_id>:<seq>` of the turn that is followed"""
    for stream in await streams(server):
        ids = [ID.fullmatch(event["id"]) for event in events(stream)]
        holds(all(ids), f"the ids are {[event['id'] for event in events(stream)][:3]}")
        found = [match.groups() for match in ids if match]
        holds(all(int(seq) <= GREATEST_SEQ for _, seq in found), "a seq is greater than 9007199254740991")
        turn_ids = {turn_id for turn_id, _ in found} | ({stream.turn_id} if stream.turn_id else set())
        holds(len(turn_ids) <= 1, f"one stream has the turns {sorted(turn_ids)}")


@last
async def p18(server: Server) -> None:
    """Every `data` is one JSON object with a string `type`"""
    for stream in await streams(server):
        for event in events(stream):
            event_fields.check(json.loads(event["data"]))


async def p19(server: Server) -> None:
    """A stream of a turn that writes nothing is never silent"""
    async with led(server, EVENTS) as turn, readers(turn) as silent:
        try:
            async with asyncio.timeout(server.silence_seconds):
                await asyncio.gather(*(comment(stream) for stream in silent))
        except TimeoutError:
            holds(False, f"{server.silence_seconds:g} seconds passed without a comment")
        await turn.reply.say("twelve")
        await turn.reply.finish()
        for stream in silent:
            await stream.to_end()


async def p81(server: Server) -> None:
    """With `ping=event`, `/events` has a block of `event: ping`"""
    ended = await server.ended(EVENTS)
    # A reader of the running turn may have had its text in other pieces.
    late = await blocks_of(server.user, ended.turn_id)
    plain = [block for block in late if "data" in fields(block)]
    found = await with_ping_events(server.user, ended.turn_id, lambda blocks: False)
    same(found[1:2], [PING_EVENT], "the second block")
    same(found[2:], plain, "the other blocks")
    if server.model_control:
        async with led(server, EVENTS) as turn:
            async with asyncio.timeout(server.silence_seconds):
                blocks = await with_ping_events(turn.user, turn.turn_id, lambda seen: seen.count(PING_EVENT) == 2)
            holds(not any(block[0].startswith(":") for block in blocks), "a comment came")
            await turn.reply.say("twelve")
            await turn.reply.finish()
            await turn.stream.to_end()


async def with_ping_events(user: User, turn_id: str, enough: Callable[[list[list[str]]], bool]) -> list[list[str]]:
    """The blocks of a stream with pings as events, until these are enough or its end."""
    return await blocks_of(user, turn_id, enough, ping="event")


async def blocks_of(
    user: User, turn_id: str, enough: Callable[[list[list[str]]], bool] = lambda _: False, **query: str
) -> list[list[str]]:
    """The blocks of a stream, until these are enough or its end."""
    seen: list[list[str]] = []
    path = f"/chat/turns/{turn_id}/events"
    async with user.http.stream("GET", path, params=query) as answer:
        async for block in blocks(answer.aiter_bytes()):
            seen.append(block)
            if enough(seen):
                break
    return seen


async def comment(stream: Stream) -> None:
    """Read on to the next comment."""
    seen = len(stream.blocks)
    await stream.read(lambda: any(block[0].startswith(":") for block in stream.blocks[seen:]))
    holds(not stream.has_ended, "the body ended")


@last
async def p20(server: Server) -> None:
    """The body ends after the terminal event"""
    for stream in await streams(server):
        kinds = [kind(block) for block in stream.blocks]
        holds(not set(kinds[:-1]) & set(TERMINAL), f"something follows a terminal event: {stream.blocks[-2:]}")
    for way in WAYS:
        holds((await server.ended(way)).stream.has_ended, "the body goes on after the terminal event")


def kind(block: list[str]) -> str:
    """The type of a block's event; empty for other blocks."""
    data = fields(block).get("data")
    return str(json.loads(data).get("type")) if data else ""


async def p21(server: Server) -> None:
    """Where the API process stops, the stream's last block is a `retry:`"""
    operator = server.operator
    async with shown(server, EVENTS) as turn, readers(turn) as open_streams:
        for stream in open_streams:
            await stream.shows("one ")
        restarting = asyncio.create_task(operator.restart_api())
        try:
            for stream in (turn.stream, *open_streams):
                await is_cut_off(stream)
        finally:
            await restarting
        await turn.reply.say("two")
        await turn.reply.finish()
        await come_back(turn)


async def is_cut_off(stream: Stream) -> None:
    """Raise `Broken` unless the body ends as that of an API that stops."""
    await stream.read()
    wait = RETRY.fullmatch(stream.blocks[-1][0])
    holds(wait and 100 <= int(wait[1]) <= 1000, f"the last block is {stream.blocks[-1]}")
    holds(not set(stream.kinds) & set(TERMINAL), f"the stream ended with {stream.kinds[-1]}")


async def come_back(turn: Led) -> None:
    """Readers that were cut off after "one " get the rest."""
    last_id, seq = turn.stream.last.id, turn.stream.last.seq
    for way in WAYS:
        async with way.follow(turn.user, turn.turn_id, last_id, Reader("one ", cursor=seq)) as stream:
            await stream.to_end()
        same(stream.reader.text, "one two", f"the text of a reader that came back by {way.name}")
    reader = await Follower(turn.user.http).follow(turn.turn_id, Reader("one ", cursor=seq))
    same(reader.text, "one two", "the text of the suite's own reader")
    await shown_is_stored(turn.user, turn.session_id, turn.turn_id, reader)


async def p22(server: Server, way: Way) -> None:
    """A reply with line breaks, quotes, backslashes, U+0000"""
    async with led(server, way) as turn:
        for text in (ODD, *ODD):
            await turn.reply.say(text)
        await turn.reply.finish()
        await turn.stream.to_end()
    same(turn.stream.reader.text, ODD * 2, "the text")
    await shown_is_stored(turn.user, turn.session_id, turn.turn_id, turn.stream.reader)
