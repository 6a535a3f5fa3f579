"""Requests that continue a reply, to a scripted server that is strict about each dialect."""

from collections.abc import Callable
from typing import get_args

import pytest

from chat.position import Position, parsed
from chat.providers.catalog import Dialect, Model, Provider
from chat.providers.environment import REMEDIES
from tests.support.model_server import Exchange, ModelServer, refuse
from tests.support.prefix_models import continuing
from worker.llm.client import ProviderClient
from worker.llm.continuation import Continuation
from worker.llm.delta import Delta
from worker.llm.failures import ModelFailure
from worker.llm.requests import request_of

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
WHOLE = "Grüße, \U0001f9ca:\n\n```py\nx = 1\n```\n\n$$x^2$$  end."


class Collected:
    """A sink that keeps the text and the last position."""

    is_full = False

    def __init__(self) -> None:
        self.content = ""
        self.pieces = 0
        self.position: Callable[[int], str] | None = None

    def add(self, item: Delta, /) -> None:
        self.content += item.content
        self.pieces += 1

    async def room(self) -> None:
        pass

    def track(self, position: Callable[[int], str] | None, /, *, at_once: bool = False) -> None:
        self.position = position


async def continued(
    server: ModelServer, model: Model, text: str, pieces: int, room: int = 10_000
) -> tuple[Collected, Delta]:
    provider = Provider(name="p", base_url=server.url, remedies=REMEDIES, models=(model,))
    sink = Collected()
    async with ProviderClient(provider, room, 60) as client:
        request = request_of(model, [{"role": "user", "content": "Go on"}])
        reply = Continuation(text, "", Position(model=model.id, pieces=pieces))
        return sink, await client.stream(model, request, sink, reply)


def model_of(dialect: Dialect, max_tokens: int = 1000) -> Model:
    return Model(
        id="m",
        name="m",
        provider="p",
        first_byte_timeout=60,
        read_timeout=60,
        tries=1,
        continues="prefix",
        dialect=dialect,
        max_tokens=max_tokens,
    )


async def nothing(_: int) -> None:
    pass


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_every_cut_is_continued_in_every_dialect(dialect: Dialect) -> None:
    async with ModelServer().serve() as server:
        server.on("Go on", continuing(dialect, WHOLE, nothing, seed=3))
        for cut in range(1, len(WHOLE) + 1, 3):
            sink, last = await continued(server, model_of(dialect), WHOLE[:cut], 7)
            assert (WHOLE[:cut] + sink.content, last.finish_reason) == (WHOLE, "stop")
            assert sink.position
            assert parsed(sink.position(sink.pieces)) == Position(model="m", pieces=7 + sink.pieces)


async def thinks(exchange: Exchange) -> None:
    await exchange.start()
    for fields in ({"reasoning_content": "hm, "}, {"reasoning_content": "well"}, {"content": "Hel"}, {"content": "lo"}):
        await exchange.delta(**fields)
    await exchange.finish()


async def test_what_is_written_already_counts_for_the_limit() -> None:
    model = model_of("vllm")
    async with ModelServer().serve() as server:
        server.on("Think", thinks)
        provider = Provider(name="p", base_url=server.url, remedies=REMEDIES, models=(model,))
        request = request_of(model, [{"role": "user", "content": "Think"}])
        async with ProviderClient(provider, 100, 60) as client:
            sink = Collected()
            last = await client.stream(model, request, sink, written=90)
            assert (sink.content, last.finish_reason) == ("He", "length")
            full = await client.stream(model, request, Collected(), written=100)
    assert (full.finish_reason, len(server.exchanges)) == ("length", 1)


async def test_pieces_of_thinking_are_counted_on_their_own() -> None:
    model = model_of("qwen")
    async with ModelServer().serve() as server:
        server.on("Think", thinks)
        sink = Collected()
        provider = Provider(name="p", base_url=server.url, remedies=REMEDIES, models=(model,))
        async with ProviderClient(provider, 10_000, 60) as client:
            await client.stream(model, request_of(model, [{"role": "user", "content": "Think"}]), sink)
    assert sink.position
    assert parsed(sink.position(sink.pieces)) == Position(model="m", pieces=4, thoughts=2)


async def test_a_reply_without_tokens_left_ends_without_a_request() -> None:
    async with ModelServer().serve() as server:
        sink, last = await continued(server, model_of("vllm", max_tokens=7), "seven pieces", 7)
        assert (sink.content, last.finish_reason, server.exchanges) == ("", "length", [])
        await continued(server, model_of("vllm", max_tokens=8), "seven pieces", 7)
        assert server.exchanges[0].body["max_tokens"] == 1


async def test_the_text_so_far_counts_in_the_length_of_a_reply() -> None:
    async with ModelServer().serve() as server:
        server.on("Go on", continuing("mistral", WHOLE, nothing))
        sink, last = await continued(server, model_of("mistral"), WHOLE[:10], 3, room=16)
        assert (sink.content, last.finish_reason) == (WHOLE[10:16], "length")
        sink, last = await continued(server, model_of("mistral"), WHOLE[:16], 3, room=16)
        assert (sink.content, last.finish_reason) == ("", "length")


async def test_a_refusal_of_a_prefix_has_the_code_of_bad_requests() -> None:
    async with ModelServer().serve() as server:
        server.on("Go on", refuse(400))
        with pytest.raises(ModelFailure) as failed:
            await continued(server, model_of("kimi"), "text", 1)
    assert failed.value.code == "model_bad_request"
