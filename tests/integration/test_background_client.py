"""The client of background responses, with a server that is strict about its protocol."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from pydantic import SecretStr

from chat.position import Position
from chat.providers.catalog import Model, Provider
from chat.providers.environment import REMEDIES
from tests.support.responses_server import Response, ResponsesServer, Scripted
from worker.llm.client import ProviderClient
from worker.llm.continuation import Continuation
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.requests import request_of
from worker.llm.seam import NotContinued

WHOLE = "Grüße, \U0001f9ca and more words than one."
MODEL = Model(
    id="m",
    name="m",
    provider="p",
    first_byte_timeout=60,
    read_timeout=60,
    tries=2,
    continues="background",
    max_tokens=1000,
    temperature=0.5,
)


class Collected:
    """A sink that keeps the text and where it is in the response."""

    is_full = False

    def __init__(self) -> None:
        self.content = ""
        self.position: Callable[[int], str] | None = None

    def add(self, item: Delta, /) -> None:
        self.content += item.content

    async def room(self) -> None:
        pass

    def track(self, position: Callable[[int], str] | None, /, *, at_once: bool = False) -> None:
        self.position = position


@pytest.fixture
async def server() -> AsyncIterator[ResponsesServer]:
    async with ResponsesServer().serve() as running:
        yield running


async def asked(
    server: ResponsesServer, reply: Continuation | None = None, room: int = 10_000, written: int = 0
) -> tuple[Collected, Delta]:
    provider = Provider(
        name="p", base_url=server.url, key=SecretStr("k-of-a-provider"), remedies=REMEDIES, models=(MODEL,)
    )
    sink = Collected()
    async with ProviderClient(provider, room, 60) as client:
        request = request_of(MODEL, [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}])
        return sink, await client.stream(MODEL, request, sink, reply, written=written)


async def for_ever(_: int) -> None:
    await asyncio.Event().wait()


def made(server: ResponsesServer) -> Response:
    (response,) = server.responses.values()
    return response


async def test_a_response_is_made_once_and_its_position_is_its_end(server: ResponsesServer) -> None:
    server.on("Hi", Scripted(WHOLE))
    sink, last = await asked(server)
    assert (sink.content, last.finish_reason, server.refused) == (WHOLE, "stop", [])
    assert last.usage
    assert sink.position
    position = Position.model_validate_json(sink.position(1))
    assert (position.response, made(server).reads, made(server).cancels) == ("resp_0", [], 0)
    assert position.after == len(made(server).events) - 2  # the end itself has no text


async def test_a_response_is_read_on_after_the_last_written_event(server: ResponsesServer) -> None:
    server.on("Hi", Scripted(WHOLE))
    server.drops += [7, 3, 3, 4]  # one event alone may be half a character, which is no news
    first, _ = await asked(server)
    assert first.content == WHOLE
    reads = [after or 0 for after in made(server).reads]
    assert (len(reads), sorted(set(reads))) == (4, reads)
    for after, text in written(made(server)):
        reply = Continuation(text, "", Position(model="m", response="resp_0", after=after))
        rest, last = await asked(server, reply)
        assert (text + rest.content, last.finish_reason, len(server.responses)) == (WHOLE, "stop", 1)


def written(response: Response) -> Iterator[tuple[int, str]]:
    """Each event with text, and the text up to it, where that ends with a whole character."""
    text = ""
    for event in response.events[:-1]:
        text += event.get("delta", "")
        if "delta" in event and not "\ud800" <= text[-1] <= "\udbff":
            yield event["sequence_number"], text.encode("utf-16", "surrogatepass").decode("utf-16")


async def test_a_response_that_is_gone_is_not_continued(server: ResponsesServer) -> None:
    reply = Continuation("one", "", Position(model="m", response="resp_9", after=3))
    with pytest.raises(NotContinued):
        await asked(server, reply)


async def test_an_old_response_is_read_whole(server: ResponsesServer) -> None:
    server.on("Hi", Scripted(WHOLE))
    await asked(server)
    made(server).is_old = True
    reply = Continuation(WHOLE[:9], "", Position(model="m", response="resp_0", after=9))
    sink, last = await asked(server, reply)
    assert (WHOLE[:9] + sink.content, last.finish_reason) == (WHOLE, "stop")


async def test_an_old_response_is_asked_for_again_after_an_outage(server: ResponsesServer) -> None:
    server.on("Hi", Scripted(WHOLE))
    await asked(server)
    made(server).is_old = True
    server.outages += [500]
    sink, last = await asked(server, Continuation("", "", Position(model="m", response="resp_0")))
    assert (sink.content, last.finish_reason, server.outages) == (WHOLE, "stop", [])


async def test_a_short_outage_leaves_the_response_running(server: ResponsesServer) -> None:
    server.on("Hi", Scripted(WHOLE))
    server.drops += [5]
    server.outages += [500, 0, 429]  # more than the model has tries
    sink, last = await asked(server)
    assert (sink.content, last.finish_reason, server.outages) == (WHOLE, "stop", [])
    assert (len(server.responses), made(server).cancels) == (1, 0)


async def test_a_response_is_stopped_by_a_stop_before_its_first_event(server: ResponsesServer) -> None:
    server.on("Hi", Scripted(WHOLE, before=for_ever))
    server.answers.clear()
    asking = asyncio.create_task(asked(server))
    await server.asked.wait()
    asking.cancel()
    server.answers.set()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (made(server).cancels, made(server).status) == (1, "cancelled")


async def test_a_response_that_cannot_be_read_is_stopped(server: ResponsesServer) -> None:
    server.on("Hi", Scripted(WHOLE, before=for_ever))
    server.drops += [2]
    server.outages += [401]
    with pytest.raises(ModelFailure) as failed:
        await asked(server)
    assert failed.value.code == "model_unauthorized"
    assert (made(server).cancels, made(server).status) == (1, "cancelled")


async def test_a_reply_that_is_cut_here_is_cancelled_there(server: ResponsesServer) -> None:
    go = asyncio.Event()

    async def wait(position: int) -> None:
        if position > 20:
            await go.wait()

    server.on("Hi", Scripted(WHOLE, before=wait))
    sink, last = await asked(server, room=15, written=5)
    assert (sink.content, last.finish_reason) == (WHOLE[:10], "length")
    assert (made(server).cancels, made(server).status) == (1, "cancelled")


async def test_a_failed_response_is_not_read_twice(server: ResponsesServer) -> None:
    server.on("Hi", Scripted("", status="failed", error={"code": "server_error", "message": "oops"}))
    with pytest.raises(ModelFailure) as first:
        await asked(server)
    with pytest.raises(ModelFailure) as again:
        await asked(server, Continuation("", "", Position(model="m", response="resp_0", after=0)))
    assert (first.value.retryable, again.value.retryable) == (True, False)


async def test_a_response_that_has_failed_is_not_cancelled(server: ResponsesServer) -> None:
    server.on("Hi", Scripted("part", status="failed", error={"code": "server_error", "message": "oops"}))
    with pytest.raises(ModelFailure) as failed:
        await asked(server)
    assert failed.value.code == "model_server_error"
    assert made(server).cancels == 0
