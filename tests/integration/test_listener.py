"""The pub/sub connection under a network that swallows everything."""

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
KNOCKS = 4
AGES = 60.0


@pytest.fixture
async def link(redis_url: str) -> AsyncIterator[Relay]:
    """The way to Valkey, which a test can black-hole."""
    async with relay(int(redis_url.rpartition(":")[2].partition("/")[0])) as link:
        yield link


@pytest.fixture
async def heard(store: Redis, link: Relay) -> AsyncIterator[list[str]]:
    """What a listener over the link is told: `+` for each subscription, else the messages."""
    async with listening(f"redis://127.0.0.1:{link.port}/1", store, PING_SECONDS, CHANNEL) as told:
        yield told


async def told(heard: list[str], count: int) -> list[str]:
    async def enough() -> bool:
        return len(heard) >= count

    await eventually(enough)
    return heard[:count]


async def says(store: Redis, heard: list[str], message: str) -> None:
    """Publish it until it is heard: a busy machine may keep a link silent for so long that it is replaced."""

    async def is_heard() -> bool:
        await store.publish(CHANNEL, message)
        return message in heard

    await eventually(is_heard)


async def test_an_idle_link_is_kept(store: Redis, heard: list[str], link: Relay) -> None:
    """It carries its own messages, one after the other. One that went unnoticed would be followed by no other."""
    assert await told(heard, 1) == ["+"]
    own = re.search(rb"chat:listener:[0-9a-f]+", link.asked[-1])
    assert own is not None
    async with store.pubsub() as beside:
        await beside.subscribe(own[0].decode())

        async def carried_many() -> bool:
            """By one link: a busy machine may have it replaced, then another has to."""
            links, subscribed = len(link.asked), heard.count("+")
            for _ in range(KNOCKS):
                while not await beside.get_message(ignore_subscribe_messages=True, timeout=None):
                    pass
            return (len(link.asked), heard.count("+")) == (links, subscribed)

        await eventually(carried_many)
    await says(store, heard, "still there")


async def test_a_link_that_drops_everything_is_replaced(store: Redis, heard: list[str], link: Relay) -> None:
    assert await told(heard, 1) == ["+"]
    link.swallow()
    swallowed = len(link.asked)
    await store.publish(CHANNEL, "lost")
    await says(store, heard, "heard")
    assert "lost" not in heard
    assert heard.count("+") > 1
    assert len(link.asked) > swallowed


async def test_a_server_that_misses_published_messages_is_left(store: Redis, tmp_path: Path) -> None:
    """It answers and is silent, as a primary is that was replaced without hearing of it."""
    with valkey.running(tmp_path) as lonely:
        async with relay(int(lonely.rpartition(":")[2].partition("/")[0])) as link:
            async with connect_pubsub(f"redis://127.0.0.1:{link.port}/0") as pubsub:
                listener = Listener(pubsub, store, lambda *_: None, lambda _: None, ping_seconds=PING_SECONDS)
                running = asyncio.create_task(listener.run())

                async def is_left() -> bool:
                    return len(link.asked) > 1

                await eventually(is_left)
                running.cancel()
                with suppress(asyncio.CancelledError):
                    await running


async def test_a_link_that_was_cut_is_replaced_at_once(store: Redis, heard: list[str]) -> None:
    for round_ in range(1, 5):
        assert await told(heard, round_) == ["+"] * round_
        await store.execute_command("CLIENT", "KILL", "TYPE", "pubsub")


@pytest.mark.parametrize("refusal", [CHANNEL, MORE])
async def test_a_link_found_closed_while_subscribing_is_replaced(
    store: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    """As uvloop tells it, which the servers run on; it takes a cut at the right microsecond to see it really happen."""
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

        async def hears(channel: str) -> bool:
            return listener.hears(channel)

        await eventually(partial(hears, CHANNEL))
        listener.want(MORE)
        await eventually(partial(hears, MORE))
        assert refused
        assert listener.hears(CHANNEL)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


class Scripted:
    """A listener, and a server that confirms only when it is told to."""

    def __init__(self, commands: Redis, pubsub: Redis, server: ScriptedRedis) -> None:
        self.told: list[str] = []
        self._server = server
        self.listener = Listener(
            pubsub, commands, lambda _, data: self.told.append(data), lambda _: self.told.append("+"), ping_seconds=AGES
        )

    async def says(self, kind: str, channel: str = CHANNEL) -> None:
        await self._server.say(b"".join((b"*3\r\n", bulk(kind), bulk(channel), b":1\r\n")))

    async def has_said(self, *kinds: str) -> None:
        """Once the listener knows it all."""
        for kind in kinds:
            await self.says(kind)
        marks = self.told.count("mark")
        await self._server.say(b"".join((b"*3\r\n", bulk("message"), bulk("any"), bulk("mark"))))

        async def is_told() -> bool:
            return self.told.count("mark") > marks

        await eventually(is_told)

    async def asked(self, *commands: str) -> None:
        """Until the listener has sent these about the channel, and no more."""

        async def is_asked() -> bool:
            await self.has_said()
            about = [command for command, *channels in self._server.commands if CHANNEL.encode() in channels]
            return about == [command.encode() for command in commands]

        await eventually(is_asked)


def bulk(text: str) -> bytes:
    return f"${len(text)}\r\n{text}\r\n".encode()


@pytest.fixture
async def scripted(store: Redis) -> AsyncIterator[Scripted]:
    """It listens, and has asked for the channel, let it go, and asked for nothing since; nothing is confirmed."""
    async with ScriptedRedis([None] * 9).serve() as server, connect_pubsub(server.url) as pubsub:
        made = Scripted(store, pubsub, server)
        running = asyncio.create_task(made.listener.run())

        async def is_there() -> bool:
            return bool(server.commands)

        await eventually(is_there)
        made.listener.want(CHANNEL)
        await made.asked("SUBSCRIBE")
        made.listener.unwant(CHANNEL)
        await made.asked("SUBSCRIBE", "UNSUBSCRIBE")
        yield made
        running.cancel()
        await asyncio.wait([running])


async def test_a_channel_dropped_before_confirmation_is_resubscribed(scripted: Scripted) -> None:
    await scripted.has_said("subscribe", "unsubscribe")
    assert not scripted.listener.hears(CHANNEL)
    assert "+" not in scripted.told
    scripted.listener.want(CHANNEL)
    await scripted.asked("SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIBE")
    await scripted.has_said("subscribe")
    assert scripted.listener.hears(CHANNEL)


async def test_a_resubscription_counts_from_its_own_confirmation(scripted: Scripted) -> None:
    scripted.listener.want(CHANNEL)
    await scripted.asked("SUBSCRIBE", "UNSUBSCRIBE", "SUBSCRIBE")
    for kind in ("subscribe", "unsubscribe"):
        await scripted.has_said(kind)
        assert not scripted.listener.hears(CHANNEL)
    await scripted.has_said("subscribe")
    assert scripted.listener.hears(CHANNEL)
    assert scripted.told.count("+") == 1
