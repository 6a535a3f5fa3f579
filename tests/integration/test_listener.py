"""The pub/sub listener on a network that drops everything."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from chat.store import connect_pubsub
from chat.store.pubsub import Listener
from launcher import valkey
from tests.support.listening import listening
from tests.support.network import Relay, relay
from tests.support.scripted_redis import ScriptedRedis
from tests.support.waiting import eventually

PING_SECONDS = 0.2
CHANNEL = "chat:test"
MORE = "chat:test:more"
PROBES = 4
NEVER = 60.0


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[Relay]:
    """A proxy to Valkey that a test can make drop everything."""
    async with relay(int(redis_url.rpartition(":")[2].partition("/")[0])) as link:
        yield link


@pytest.fixture
async def received(store: Redis, link: Relay) -> AsyncIterator[list[str]]:
    """What a listener over the link received: "+" for each confirmed subscription, and each message."""
    async with listening(f"redis://127.0.0.1:{link.port}/1", store, PING_SECONDS, CHANNEL) as seen:
        yield seen


async def first_of(received: list[str], count: int) -> list[str]:
    async def enough() -> bool:
        return len(received) >= count

    await eventually(enough)
    return received[:count]


async def publish_until_received(store: Redis, received: list[str], message: str) -> None:
    """Publish the message repeatedly: on a busy machine a link may be silent for so long that it is replaced."""

    async def is_received() -> bool:
        await store.publish(CHANNEL, message)
        return message in received

    await eventually(is_received)


async def test_an_idle_link_is_kept(store: Redis, received: list[str], link: Relay) -> None:
    """The link carries the listener's own probes. A probe that is not received is followed by no other."""
    assert await first_of(received, 1) == ["+"]
    own = re.search(rb"chat:listener:[0-9a-f]+", link.asked[-1])
    assert own is not None
    async with store.pubsub() as observer:
        await observer.subscribe(own[0].decode())

        async def carried_many() -> bool:
            """Whether one link carried several probes. A busy machine may replace it; then the next one has to."""
            links, subscribed = len(link.asked), received.count("+")
            for _ in range(PROBES):
                while not await observer.get_message(ignore_subscribe_messages=True, timeout=None):
                    pass
            return (len(link.asked), received.count("+")) == (links, subscribed)

        await eventually(carried_many)
    await publish_until_received(store, received, "still there")


async def test_a_link_that_drops_everything_is_replaced(store: Redis, received: list[str], link: Relay) -> None:
    assert await first_of(received, 1) == ["+"]
    link.swallow()
    swallowed = len(link.asked)
    await store.publish(CHANNEL, "lost")
    await publish_until_received(store, received, "received")
    assert "lost" not in received
    assert received.count("+") > 1
    assert len(link.asked) > swallowed


async def test_a_server_that_misses_published_messages_is_left(store: Redis, tmp_path: Path) -> None:
    """It answers but delivers nothing, like a primary that was replaced without noticing."""
    with valkey.running(tmp_path) as cut_off:
        async with relay(int(cut_off.rpartition(":")[2].partition("/")[0])) as link:
            async with connect_pubsub(f"redis://127.0.0.1:{link.port}/0") as pubsub:
                listener = Listener(pubsub, store, lambda *_: None, lambda _: None, ping_seconds=PING_SECONDS)
                running = asyncio.create_task(listener.run())

                async def is_left() -> bool:
                    return len(link.asked) > 1

                await eventually(is_left)
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running


async def test_a_link_that_was_cut_is_replaced_at_once(store: Redis, received: list[str]) -> None:
    for round_ in range(1, 5):
        assert await first_of(received, round_) == ["+"] * round_
        await store.execute_command("CLIENT", "KILL", "TYPE", "pubsub")


@pytest.mark.parametrize("refusal", [CHANNEL, MORE])
async def test_a_link_found_closed_while_subscribing_is_replaced(
    store: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    """Raises uvloop's error, on which the servers run. The real race needs a cut at the right microsecond."""
    subscribe, refused = PubSub.subscribe, list[str]()

    async def closed_once(pubsub: PubSub, *channels: str) -> None:
        if refusal in channels and not refused:
            refused.append(refusal)
            raise RuntimeError("unable to perform operation on <TCPTransport>; the handler is closed")
        await subscribe(pubsub, *channels)

    monkeypatch.setattr(PubSub, "subscribe", closed_once)
    async with connect_pubsub(redis_url) as pubsub:
        listener = Listener(pubsub, store, lambda *_: None, lambda _: None)
        listener.want(CHANNEL)
        running = asyncio.create_task(listener.run())

        async def is_subscribed(channel: str) -> bool:
            return listener.is_subscribed(channel)

        await eventually(partial(is_subscribed, CHANNEL))
        listener.want(MORE)
        await eventually(partial(is_subscribed, MORE))
        assert refused
        assert listener.is_subscribed(CHANNEL)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


class Scripted:
    """A listener and a server that confirms only when the test says so."""

    def __init__(self, commands: Redis, pubsub: Redis, server: ScriptedRedis) -> None:
        self.received: list[str] = []
        self._server = server
        self.listener = Listener(
            pubsub,
            commands,
            lambda _, data: self.received.append(data),
            lambda _: self.received.append("+"),
            ping_seconds=NEVER,
        )

    async def confirm(self, kind: str, channel: str = CHANNEL) -> None:
        await self._server.say(b"".join((b"*3\r\n", bulk(kind), bulk(channel), b":1\r\n")))

    async def confirm_and_wait(self, *kinds: str) -> None:
        """Send these confirmations and wait until the listener has processed them."""
        for kind in kinds:
            await self.confirm(kind)
        marks = self.received.count("mark")
        await self._server.say(b"".join((b"*3\r\n", bulk("message"), bulk("any"), bulk("mark"))))

        async def is_processed() -> bool:
            return self.received.count("mark") > marks

        await eventually(is_processed)

    async def sent_exactly(self, *commands: str) -> None:
        """Wait until the listener has sent exactly these commands for the channel."""

        async def is_asked() -> bool:
            await self.confirm_and_wait()
            about = [command for command, *channels in self._server.commands if CHANNEL.encode() in channels]
            return about == [command.encode() for command in commands]

        await eventually(is_asked)


def bulk(text: str) -> bytes:
    return f"${len(text)}\r\n{text}\r\n".encode()


@pytest.fixture
async def scripted(store: Redis) -> AsyncIterator[Scripted]:
    """A running listener that has subscribed to the channel and unsubscribed; nothing is confirmed yet."""
    async with ScriptedRedis([None] * 9).serve() as server, connect_pubsub(server.url) as pubsub:
        made = Scripted(store, pubsub, server)
        running = asyncio.create_task(made.listener.run())

        async def is_there() -> bool:
            return bool(server.commands)

        await eventually(is_there)
        made.listener.want(CHANNEL)
        await made.sent_exactly("SUBSCRIBE")
        made.listener.unwant(CHANNEL)
        await made.sent_exactly("SUBSCRIBE", "UNSUBSCRIBE")
        yield made
        running.cancel()
        await asyncio.wait([running])


async def test_a_channel_dropped_before_confirmation_is_resubscribed(scripted: Scripted) -> None:
    await scripted.confirm_and_wait("subscribe", "unsubscribe")
    assert not scripted.listener.is_subscribed(CHANNEL)
    assert "+" not in scripted.received
    scripted.listener.want(CHANNEL)
    await scripted.sent_exactly("SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIBE")
    await scripted.confirm_and_wait("subscribe")
    assert scripted.listener.is_subscribed(CHANNEL)


async def test_a_resubscription_counts_from_its_own_confirmation(scripted: Scripted) -> None:
    scripted.listener.want(CHANNEL)
    await scripted.sent_exactly("SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIBE")
    for kind in ("subscribe", "unsubscribe"):
        await scripted.confirm_and_wait(kind)
        assert not scripted.listener.is_subscribed(CHANNEL)
    await scripted.confirm_and_wait("subscribe")
    assert scripted.listener.is_subscribed(CHANNEL)
    assert scripted.received.count("+") == 1
