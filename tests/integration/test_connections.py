"""Our connections return received data at once and otherwise behave as redis-py's own."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.client import PubSub
from redis.exceptions import BusyLoadingError, NoScriptError, ResponseError, TimeoutError

from chat.store import clients as stores
from chat.store import connect, connect_pubsub, pool
from chat.store.connections import FastConnection, PromptSSLConnection, PromptUnixConnection, received
from launcher import ports, valkey
from tests.support.scripted_redis import ScriptedRedis

LOADING = b"-LOADING Redis is loading the dataset in memory\r\n"
SUBSCRIBED = b"*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n"


def message(data: str) -> bytes:
    return f"*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n${len(data)}\r\n{data}\r\n".encode()


@pytest.fixture
async def client(queue_url: str) -> AsyncIterator[Redis]:
    """A client with our connections on an empty database of a real server."""
    async with connect(queue_url) as made:
        yield made


async def own_id(client: Redis) -> int:
    return int(await client.client_id())


async def test_an_error_in_a_pipeline_leaves_the_connection_open(client: Redis) -> None:
    before = await own_id(client)
    async with client.pipeline(transaction=False) as pipe:
        pipe.set("text", "x")
        pipe.execute_command("LPUSH", "text", "y")
        pipe.get("text")
        pipe.incrby("number", 7)
        answers = await pipe.execute(raise_on_error=False)
    assert isinstance(answers.pop(1), ResponseError)
    assert answers == [True, "x", 7]
    assert await own_id(client) == before


async def test_an_unknown_script_raises_and_leaves_the_connection_open(client: Redis) -> None:
    before = await own_id(client)
    with pytest.raises(NoScriptError):
        await client.execute_command("EVALSHA", "0" * 40, 0)
    assert await own_id(client) == before


@pytest.mark.parametrize("answers", [LOADING, b"$1\r\na\r\n" + LOADING], ids=["the first", "another"])
async def test_a_loading_server_is_asked_again_on_a_new_connection(answers: bytes) -> None:
    server = ScriptedRedis([answers, None], [b"$1\r\na\r\n$1\r\nb\r\n"])
    async with server.serve(), connect(server.url) as client, client.pipeline(transaction=False) as pipe:
        pipe.get("a")
        pipe.get("b")
        assert await pipe.execute() == ["a", "b"]
    assert server.connections == 2
    assert server.commands == [[b"GET", b"a"], [b"GET", b"b"]] * 2


@pytest.mark.parametrize(
    ("refusal", "error", "stays_open"),
    [(LOADING, BusyLoadingError, False), (b"-WRONGTYPE it is no list\r\n", ResponseError, True)],
)
async def test_an_error_received_with_an_answer_is_raised_after_it(
    refusal: bytes, error: type[Exception], stays_open: bool
) -> None:
    """If the server is loading its data, the connection is closed."""
    server = ScriptedRedis([b"$1\r\na\r\n" + refusal])
    async with server.serve():
        connection = await pool(server.url).get_connection()
        await connection.send_command("GET", "a")
        assert await connection.read_response() == "a"
        with pytest.raises(error):
            await connection.read_response()
        assert connection.is_connected == stays_open
        await connection.disconnect()


@pytest.mark.parametrize(
    ("command", "sent"),
    [
        (("CONFIG GET", "max memory"), [b"CONFIG", b"GET", b"max memory"]),
        (("SET", "键", "值", "PX", 1500), [b"SET", "键".encode(), "值".encode(), b"PX", b"1500"]),
        (("RPUSH", b"\xff", 0.5, ""), [b"RPUSH", b"\xff", b"0.5", b""]),
    ],
)
async def test_commands_reach_the_server_unchanged(command: Sequence[Any], sent: list[bytes]) -> None:
    server = ScriptedRedis([b"$1\r\n1\r\n", b"$1\r\n1\r\n" * 2])
    async with server.serve(), connect(server.url) as client:
        await client.execute_command(*command)
        async with client.pipeline(transaction=False) as pipe:
            pipe.execute_command(*command)
            pipe.execute_command(*command)
            await pipe.execute(raise_on_error=False)
    assert server.commands == [sent] * 3


async def test_writing_to_a_server_that_stops_reading_times_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "ANSWER_SECONDS", 2)
    server = ScriptedRedis([None], room=1 << 20)
    async with server.serve(), connect(server.url) as client:
        with pytest.raises(TimeoutError, match="writing"):
            await client.set("key", b"x" * (64 << 20))


@pytest.fixture
async def subscriber(queue_url: str) -> AsyncIterator[PubSub]:
    """A subscriber of channel `c` whose subscription is confirmed."""
    async with connect_pubsub(queue_url) as made, made.pubsub() as pubsub:
        await pubsub.subscribe("c")
        assert (await pubsub.get_message(timeout=None))["type"] == "subscribe"
        yield pubsub


async def test_messages_received_together_are_returned_together(store: Redis, subscriber: PubSub) -> None:
    async with store.pipeline(transaction=True) as pipe:
        for word in ("one", "two", "three"):
            pipe.publish("c", word)
        await pipe.execute()
    assert (await subscriber.get_message(timeout=None))["data"] == "one"
    assert list(received(subscriber)) == [["message", "c", "two"], ["message", "c", "three"]]
    assert list(received(subscriber)) == []
    await store.publish("c", "four")
    assert (await subscriber.get_message(timeout=None))["data"] == "four"


async def test_half_a_message_is_returned_when_the_rest_arrives() -> None:
    two = message("two")
    server = ScriptedRedis([SUBSCRIBED + message("one") + two[:-5]])
    async with server.serve(), connect_pubsub(server.url) as client, client.pubsub() as pubsub:
        await pubsub.subscribe("c")
        assert (await pubsub.get_message(timeout=None))["type"] == "subscribe"
        assert list(received(pubsub)) == [["message", "c", "one"]]
        assert list(received(pubsub)) == []
        await server.say(two[-5:] + message("three"))
        assert (await pubsub.get_message(timeout=None))["data"] == "two"
        assert list(received(pubsub)) == [["message", "c", "three"]]


async def test_a_subscriber_without_a_connection_has_received_nothing(queue_url: str) -> None:
    async with connect_pubsub(queue_url) as client, client.pubsub() as pubsub:
        assert list(received(pubsub)) == []


async def test_a_server_behind_a_unix_socket_answers(tmp_path: Path) -> None:
    socket = tmp_path / "s"
    with valkey.running(tmp_path, "--unixsocket", str(socket), port=ports.free()):
        async with connect(f"unix://{socket}") as client:
            assert await client.config_get("unixsocket") == {"unixsocket": str(socket)}


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("redis://host", FastConnection),
        ("rediss://host", PromptSSLConnection),
        ("unix:///a/socket", PromptUnixConnection),
    ],
)
def test_every_kind_of_url_gets_its_connection_class(url: str, kind: type) -> None:
    made: ConnectionPool = pool(url)
    assert type(made.make_connection()) is kind
