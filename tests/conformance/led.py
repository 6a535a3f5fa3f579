"""Turns whose reply the test writes, and what readers of every way see of them."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.conformance.control import Operator, Reply, Requests
from tests.conformance.reader import Reader
from tests.conformance.server import Server, turn_of
from tests.conformance.stream import Stream
from tests.conformance.user import User
from tests.conformance.verdicts import NotTested, same
from tests.conformance.ways import EVENTS, WAYS, Way


@dataclass(frozen=True)
class Led:
    """A running turn; `reply` answers the model's first request, `requests` has the later ones."""

    user: User
    session_id: str
    turn_id: str
    question: str
    stream: Stream
    requests: Requests
    reply: Reply


@asynccontextmanager
async def led(server: Server, way: Way, user: User | None = None) -> AsyncIterator[Led]:
    """A turn whose model was asked and has said nothing yet; its stream was read as far as `start`."""
    user, question = user or server.user, server.question()
    requests = server.model.lead(question)
    session_id = await user.start()
    async with way.ask(user, session_id, question) as stream:
        await stream.event()
        yield Led(user, session_id, turn_of(stream), question, stream, requests, await requests.next())


@asynccontextmanager
async def shown(server: Server, way: Way, text: str = "one ", user: User | None = None) -> AsyncIterator[Led]:
    """The same, with the text said and read."""
    async with led(server, way, user) as turn:
        await turn.reply.say(text)
        await turn.stream.shows(text)
        yield turn


@asynccontextmanager
async def going_on(server: Server) -> AsyncIterator[Led]:
    """A turn with "one " said and read, of a model whose replies go on. Raises `NotTested` where there is none."""
    if not (model := server.operator.continuing_model):
        raise NotTested("it needs a model whose replies go on")
    user, question = server.user, server.question()
    requests, session_id = server.model.lead(question), await user.start()
    turn_id = await user.ask(session_id, question, model=model)
    async with EVENTS.follow(user, turn_id) as stream:
        turn = Led(user, session_id, turn_id, question, stream, requests, await requests.next())
        await turn.reply.say("one ")
        await stream.shows("one ")
        yield turn


@asynccontextmanager
async def readers(turn: Led) -> AsyncIterator[list[Stream]]:
    """One more stream of the turn for each way, from its start."""
    async with AsyncExitStack() as streams:
        yield [await streams.enter_async_context(way.follow(turn.user, turn.turn_id)) for way in WAYS]


@asynccontextmanager
async def at_stream_limit(server: Server, operator: Operator, user: User) -> AsyncIterator[Led]:
    """A running turn of a user who has as many streams of it open as there may be. It is answered at the end."""
    async with led(server, EVENTS, user) as turn, AsyncExitStack() as streams:
        for _ in range(operator.max_streams - 1):
            stream = await streams.enter_async_context(EVENTS.follow(user, turn.turn_id))
            same(stream.status, 200, "status of a stream within the limit")
        yield turn
        await turn.reply.say("twelve")
        await turn.reply.finish()
        await turn.stream.to_end()


async def answered(requests: Requests, text: str = "twelve") -> None:
    """Answer the next request well."""
    reply = await requests.next()
    await reply.say(text)
    await reply.finish()


async def shown_is_stored(user: User, session_id: str, turn_id: str, reader: Reader) -> None:
    """Raise `Broken` unless what a reader shows in the end is the turn's stored reply (P30)."""
    replies = [message for message in await user.messages(session_id) if message["role"] == "assistant"]
    stored = [(each["content"], each.get("thinking", "")) for each in replies if each["turn_id"] == turn_id]
    same(stored, [(reader.text, reader.thinking)], "what is stored, compared with what is shown")
