"""Turns recover from rare faults: an absent queue, a log that lost entries, broken records."""

import asyncio
import json
import signal
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.health.metrics import Metrics
from api.streaming.feed import Feed
from api.streaming.follow import Follower
from chat import keys
from chat.events import Chunk
from chat.store import connect, connect_pubsub
from chat.tasks import stop
from launcher import ports, valkey
from tests.support.chat_fixture import ChatFixture
from tests.support.client import Client
from tests.support.databases import database
from tests.support.model_server import Exchange, Led
from tests.support.network import relay
from tests.support.sse import Transcript, frames, has, read
from tests.support.stack import Stack, run_stack
from tests.support.waiting import PATIENCE, eventually

SLOW_TURNS = 10


@dataclass
class Split:
    """A stack whose queue is on a server of its own."""

    stack: Stack
    queue: Redis
    folder: Path
    port: int
    server: subprocess.Popen[bytes]

    async def stop_queue(self) -> None:
        self.server.kill()
        await asyncio.to_thread(self.server.wait)

    async def start_queue(self) -> None:
        self.server = await asyncio.to_thread(valkey.start, self.folder, self.port)

    async def deny(self, command: str) -> None:
        await self.queue.execute_command("ACL", "SETUSER", "default", f"-{command}")

    async def allow(self, command: str) -> None:
        await self.queue.execute_command("ACL", "SETUSER", "default", f"+{command}")


@pytest.fixture(scope="module")
async def split(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Split]:
    """Uses servers of its own, so that messages published here reach no other test."""
    folder, data = tmp_path_factory.mktemp("queue"), tmp_path_factory.mktemp("data")
    port = ports.free()
    server = await asyncio.to_thread(valkey.start, folder, port)
    with valkey.running(data) as url:
        async with (
            run_stack(url, data, queue_redis_url=valkey.url(port), lease_seconds="10") as stack,
            Redis.from_url(valkey.url(port), decode_responses=True) as queue,
        ):
            made = Split(stack, queue, folder, port, server)
            yield made
    valkey.stop(made.server)


@pytest.fixture
async def owner(split: Split) -> AsyncIterator[Client]:
    async with split.stack.client() as owner:
        yield owner


async def answered_unread(owner: Client, turn_id: str) -> None:
    """Wait until the turn is done without reading it: a reader would have the turn queued again."""

    async def is_done() -> bool:
        return bool((await owner.turn(turn_id))["state"] == "done")

    await eventually(is_done)


async def answered_once(owner: Client, session_id: str, turn_id: str, question: str) -> None:
    transcript = await asyncio.wait_for(owner.follow(turn_id), PATIENCE)
    assert transcript.text == f"You said: {question} "
    assert [message["content"] for message in await owner.history(session_id)] == [question, transcript.text]


async def test_a_question_that_cannot_be_queued_is_answered_later(split: Split, owner: Client) -> None:
    session_id = await owner.start()
    await split.deny("zadd")
    try:
        response = await owner.post_turn(session_id, "not queued", key="once")
    finally:
        await split.allow("zadd")
    assert response.status_code == 202, response.text
    turn_id = response.json()["turn_id"]
    assert await split.queue.zscore(keys.QUEUE, turn_id) is None
    await answered_unread(owner, turn_id)
    await answered_once(owner, session_id, turn_id, "not queued")
    assert (await owner.post_turn(session_id, "not queued", key="once")).json()["turn_id"] == turn_id
    await answered_once(owner, session_id, turn_id, "not queued")


async def test_a_question_asked_without_a_queue_is_never_doubled(split: Split, owner: Client) -> None:
    """It is accepted, or refused with nothing stored. Repeated with its key it is one question with one answer."""
    session_id = await owner.start()
    await split.stop_queue()
    try:
        response = await owner.post_turn(session_id, "no queue", key="once")
    finally:
        await split.start_queue()
    assert response.status_code in (202, 503), response.text
    kept = [message["content"] for message in await owner.history(session_id)]
    assert kept == (["no queue"] if response.status_code == 202 else [])

    async def taken() -> str:
        again = await owner.post_turn(session_id, "no queue", key="once")
        return str(again.json()["turn_id"]) if again.status_code == 202 else ""

    turn_id = await eventually(taken)
    assert response.status_code == 503 or response.json()["turn_id"] == turn_id
    await answered_once(owner, session_id, turn_id, "no queue")


async def test_a_broken_record_does_not_keep_others_from_the_sweep(split: Split, owner: Client) -> None:
    worker, store = split.stack.processes[0], split.stack.store
    session_id, odd = await owner.start(), await owner.start()
    worker.send_signal(signal.SIGSTOP)
    try:
        turn_id = await owner.ask(session_id, "lost")
        await split.queue.zrem(keys.QUEUE, turn_id)
        await split.queue.delete(f"arq:job:{turn_id}")
        await store.execute_command("HSET", keys.turn(f"{odd}.1"), "state", "strange")
        await store.execute_command("HSET", keys.turn(f"{odd}.2"), "state", "queued")
        await store.zadd(keys.OPEN_TURNS, {f"{odd}.1": 0, f"{odd}.2": 0, "no turn id": 0, turn_id: 1})
    finally:
        worker.send_signal(signal.SIGCONT)
    await answered_unread(owner, turn_id)
    await answered_once(owner, session_id, turn_id, "lost")


@pytest.mark.parametrize("junk", [b"junk", b"", b":", b"x:{}", b"-", b"1", b"\xff\xfe"])
async def test_junk_on_a_turns_channel_does_not_stop_its_readers(split: Split, owner: Client, junk: bytes) -> None:
    led, question = Led(), f"junk {junk!r}"
    split.stack.model.on(question, led)
    turn_id = await owner.ask(await owner.start(), question)
    exchange = await led.exchange()
    async with owner.events(turn_id) as response:
        stream, transcript = frames(response), Transcript()
        await exchange.say("before ")
        await read(stream, transcript, has("before "))
        listening = await listeners(split)
        await split.stack.store.execute_command("PUBLISH", keys.turn(turn_id), junk)
        await exchange.say("after")
        await read(stream, transcript, has("before after"))
        await led.finish()
        await read(stream, transcript)
    assert transcript.types == ["start", "chunk", "chunk", "end"]
    assert await listeners(split) == listening
    assert await eventually(lambda: is_ready(owner))


async def listeners(split: Split) -> set[str]:
    """The IDs of the pub/sub connections to the turns' store. One that breaks is replaced under another ID."""
    return {client["id"] for client in await split.stack.store.client_list(_type="pubsub")}


async def is_ready(owner: Client) -> bool:
    return (await owner.http.get("/health/ready")).status_code == 200


@pytest.mark.parametrize("junk", [b"junk", b"", b"x" * 100_000, b"\xff\xfe"])
async def test_junk_on_the_workers_channels_does_not_stop_it(split: Split, owner: Client, junk: bytes) -> None:
    await split.queue.execute_command("PUBLISH", keys.WAKE, junk)
    await split.stack.store.execute_command("PUBLISH", keys.STOPS, junk)
    led, question = Led(), f"worker junk {len(junk)} {junk[:2]!r}"
    split.stack.model.on(question, led)
    turn_id = await owner.ask(await owner.start(), question)
    exchange = await led.exchange()
    await owner.http.post(f"/chat/turns/{turn_id}/cancel")
    await asyncio.wait_for(exchange.gone.wait(), PATIENCE)
    assert (await owner.follow(turn_id)).types[-1] == "end"

    async def both_are_subscribed() -> bool:
        wake = await split.queue.execute_command("PUBSUB", "NUMSUB", keys.WAKE)
        stops = await split.stack.store.execute_command("PUBSUB", "NUMSUB", keys.STOPS)
        return bool(wake[1] and stops[1])

    assert await eventually(both_are_subscribed)


async def test_the_faults_above_left_no_traceback(split: Split) -> None:
    assert "Traceback" not in split.stack.logs()


async def flood(exchange: Exchange) -> None:
    """Send small words steadily without an end."""
    await exchange.start()
    number = 0
    while True:
        await exchange.say(f"{number} ")
        await asyncio.sleep(0.01)
        number += 1


async def test_a_reply_out_of_time_is_stored_as_readers_saw_it(redis_url: str, tmp_path: Path) -> None:
    url = database(redis_url)
    async with run_stack(url, tmp_path, turn_timeout="3") as stack, stack.client() as owner:
        stack.model.on("flood", flood)

        async def seen_and_stored() -> tuple[str, str]:
            session_id = await owner.start()
            transcript = await owner.chat(session_id, "flood")
            assert transcript.end is not None
            assert transcript.end["code"] == "turn_timeout"
            return transcript.text, (await owner.history(session_id))[-1]["content"]

        for seen, stored in await asyncio.gather(*(seen_and_stored() for _ in range(SLOW_TURNS))):
            assert seen
            assert seen == stored


@pytest.fixture
async def follower(chat: ChatFixture, redis_url: str) -> AsyncIterator[Follower]:
    async with connect_pubsub(redis_url) as pubsub:
        metrics = Metrics()
        feed = Feed(pubsub, chat.store, metrics)
        running = asyncio.create_task(feed.run())
        yield Follower(feed, chat.log, chat.sessions, metrics)
        await stop(running)


async def lose_entries(chat: ChatFixture, turn_id: str, after: int) -> None:
    """Remove the log's last entries, as if a replica took over that had not received them."""
    await chat.store.execute_command("HSET", keys.turn(turn_id), "seq", after)
    kept = await chat.store.xrange(keys.log(turn_id), max=f"{after}-0")
    await chat.store.delete(keys.log(turn_id))
    for entry_id, fields in kept:
        await chat.store.xadd(keys.log(turn_id), fields, id=entry_id)


@pytest.mark.parametrize("more", [0, 5, 9, 10, 11, 30, 300])
async def test_a_reader_beyond_a_shortened_log_gets_the_stored_text(
    chat: ChatFixture, follower: Follower, more: int
) -> None:
    """Whether the new attempt has by then written fewer entries than the reader's number, as many, or more."""
    turn_id, writer = await chat.begun()
    for number in range(49):
        await chat.append(writer, Chunk(content=f"a{number} "))
    transcript, cursor = Transcript(text="earlier text"), await chat.last(turn_id)
    await lose_entries(chat, turn_id, cursor - 10)
    writer = await chat.claim(turn_id, "200")
    for number in range(more):
        await chat.append(writer, Chunk(content=f"b{number} "))
    text = "".join(f"b{number} " for number in range(more)) or "b"
    await chat.close(turn_id, "200", text)
    async with asyncio.timeout(PATIENCE):
        async for batch in follower.follow(turn_id, cursor):
            for frame in batch:
                data = frame.data.partition(b"data: ")[2]
                transcript.take(f"{turn_id}:{frame.seq}", json.loads(data))
    assert {"restart", "snapshot"} & set(transcript.types)
    assert transcript.end is not None
    assert transcript.text == ("" if more == 0 else text)


async def test_a_command_whose_connection_breaks_is_sent_again(queue_url: str, store: Redis) -> None:
    async with connect(queue_url) as client:
        waiting = asyncio.ensure_future(client.execute_command("BLPOP", "a list", 20))

        async def is_blocked() -> str:
            """The ID of the connection that waits, or an empty string."""
            return next((each["id"] for each in await store.client_list() if each["cmd"] == "blpop"), "")

        first = await eventually(is_blocked)
        await store.execute_command("CLIENT", "KILL", "ID", first)

        async def is_blocked_again() -> bool:
            return await is_blocked() not in ("", first) or waiting.done()

        await eventually(is_blocked_again)
        await store.execute_command("RPUSH", "a list", "found")
        assert list(await waiting) == ["a list", "found"]


async def test_commands_fail_while_redis_refuses_connections(tmp_path: Path) -> None:
    port = ports.free()
    server = await asyncio.to_thread(valkey.start, tmp_path, port)
    async with connect(valkey.url(port)) as store:
        await asyncio.gather(*(store.ping() for _ in range(10)))
        server.kill()
        await asyncio.to_thread(server.wait)
        for _ in range(2):
            with pytest.raises((RedisError, OSError)):
                await store.ping()


async def test_a_command_survives_a_short_outage(queue_url: str) -> None:
    """Whether its connection was open before the outage or is opened during it."""
    async with relay(int(queue_url.rpartition(":")[2].partition("/")[0])) as link:
        url = f"redis://127.0.0.1:{link.port}/0"
        async with connect(url) as open_before, connect(url) as new:
            await open_before.ping()
            link.cut()
            tried = len(link.asked)
            commands = asyncio.gather(open_before.ping(), open_before.ping(), new.ping())

            async def each_was_refused() -> bool:
                return len(link.asked) >= tried + 3

            await eventually(each_was_refused)
            link.restore()
            assert all(await commands)


async def test_commands_fail_while_redis_is_frozen(tmp_path: Path) -> None:
    port = ports.free()
    server = await asyncio.to_thread(valkey.start, tmp_path, port)
    try:
        async with connect(valkey.url(port)) as store:
            await store.ping()
            server.send_signal(signal.SIGSTOP)
            with pytest.raises((RedisError, OSError)):
                await store.ping()
    finally:
        server.send_signal(signal.SIGCONT)
        valkey.stop(server)
