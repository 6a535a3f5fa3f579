"""Limits of a request's head in the API itself, without a web tier: its size, its time, and what they spare."""

import asyncio
import json
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from api.server.http_protocol import HEAD_BYTES, MOST_HEADERS, MOST_PIPELINED
from tests.load.siege import memory
from tests.support.client import Client
from tests.support.model_server import Led
from tests.support.slow_clients import Connection, closed_by_server, connect, hang_up
from tests.support.sse import Transcript, frames, has, read
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE, eventually

GET = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST /chat/start HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
WHOLE = GET + b"\r\n"
PIECE = b"x" * 65_536
ENDLESS = 30 << 20
ALLOWED_GROWTH = 5 << 20


def port_of(stack: Stack) -> int:
    port = urlsplit(stack.url).port
    assert port
    return port


async def answer_to(stack: Stack, *pieces: bytes) -> bytes:
    """Send these bytes and return all data until the server closes the connection."""
    return await closed_by_server(await connect(port_of(stack), b"".join(pieces)), PATIENCE)


def refused(answer: bytes, status: int, code: str) -> None:
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().lower().split("\r\n")
    assert lines[0].startswith(f"http/1.1 {status} "), answer
    assert {"connection: close", "content-type: application/problem+json", f"content-length: {len(body)}"} <= {*lines}
    assert "x-content-type-options: nosniff" in lines
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (status, code)
    assert f"x-request-id: {problem['request_id']}" in lines


async def response(connection: Connection) -> bytes:
    """Read the next response, which has a Content-Length."""
    head = await asyncio.wait_for(connection[0].readuntil(b"\r\n\r\n"), PATIENCE)
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return head + await connection[0].readexactly(length)


def of_length(length: int) -> bytes:
    """A request head of so many bytes."""
    return GET + b"X-Long: " + b"x" * (length - len(GET) - len(b"X-Long: \r\n\r\n")) + b"\r\n\r\n"


TOO_LARGE = {
    "a header": of_length(HEAD_BYTES + 1),
    "an address": b"GET /" + b"x" * HEAD_BYTES + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "an endless address": b"GET /" + b"x" * 2 * HEAD_BYTES,
    "an endless request line": b"GET / " + b" " * 2 * HEAD_BYTES,
    "an endless header": GET + b"X: " + b"x" * 2 * HEAD_BYTES,
    "an endless name": GET + b"X" * 2 * HEAD_BYTES,
    "middling headers": GET + b"".join(b"X-%d: %b\r\n" % (n, b"x" * 400) for n in range(100)) + b"\r\n",
    "many headers": GET + b"a:\r\n" * (MOST_HEADERS + 1) + b"\r\n",
    "trailers": POST + b"1\r\nx\r\n0\r\nX: " + b"x" * 2 * HEAD_BYTES,
    "many trailers": POST + b"0\r\n" + b"a: b\r\n" * (MOST_HEADERS + 1) + b"\r\n",
    "a chunk extension": POST + b"1;x=" + b"x" * 2 * HEAD_BYTES + b"\r\nx\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("case", TOO_LARGE)
async def test_too_large_a_head_is_answered_with_431(stack: Stack, case: str) -> None:
    refused(await answer_to(stack, TOO_LARGE[case]), 431, "head_too_large")


@pytest.mark.parametrize("case", TOO_LARGE)
async def test_too_large_a_second_head_is_answered_with_431(stack: Stack, case: str) -> None:
    connection = await connect(port_of(stack), WHOLE)
    assert (await response(connection)).startswith(b"HTTP/1.1 200 ")
    connection[1].write(TOO_LARGE[case])
    refused(await closed_by_server(connection, PATIENCE), 431, "head_too_large")


@pytest.mark.parametrize("slice_bytes", [1, 1000, 16_384, 100_000])
async def test_a_head_within_the_limit_passes_however_it_is_sent(stack: Stack, slice_bytes: int) -> None:
    head = of_length(HEAD_BYTES if slice_bytes > 1 else 3000)
    reader, writer = await connect(port_of(stack))
    for start in range(0, len(head), slice_bytes):
        writer.write(head[start : start + slice_bytes])
        await writer.drain()
    assert (await response((reader, writer))).startswith(b"HTTP/1.1 200 ")
    await hang_up((reader, writer))


def endless_header() -> Iterator[bytes]:
    yield GET + b"X: "
    while True:
        yield PIECE


def endless_headers() -> Iterator[bytes]:
    yield GET
    while True:
        yield b"X: x\r\n" * 10_000


def endless_trailers() -> Iterator[bytes]:
    yield POST + b"0\r\n"
    while True:
        yield b"X: x\r\n" * 10_000


def endless_extensions() -> Iterator[bytes]:
    yield POST + b"1;x="
    while True:
        yield PIECE


def endless_requests() -> Iterator[bytes]:
    while True:
        yield WHOLE * 1000


@pytest.mark.parametrize(
    "sent", [endless_header, endless_headers, endless_trailers, endless_extensions, endless_requests]
)
async def test_an_endless_head_takes_no_memory(stack: Stack, sent: Callable[[], Iterator[bytes]]) -> None:
    api = stack.processes[-1].pid
    await answer_to(stack, WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    before = await memory(api)
    reader, writer = await connect(port_of(stack))
    written = 0
    try:
        for piece in sent():
            writer.write(piece)
            await writer.drain()
            written += len(piece)
            if written > ENDLESS:
                break
    except ConnectionError:
        pass
    grown = await memory(api) - before
    await hang_up((reader, writer))
    assert grown < ALLOWED_GROWTH, f"{grown} bytes for {written}"


async def test_a_silent_connection_is_closed_and_a_half_head_gets_408(hasty: Stack) -> None:
    port = port_of(hasty)
    silent, half, crlf = await connect(port), await connect(port, GET), await connect(port, b"\r\n")
    assert await closed_by_server(silent, PATIENCE) == b""
    refused(await closed_by_server(half, PATIENCE), 408, "head_too_slow")
    assert await closed_by_server(crlf, PATIENCE) == b""


async def trickle(connection: Connection, piece: bytes) -> None:
    """Send the piece repeatedly until the server closes the connection."""
    while not connection[0].at_eof():
        connection[1].write(piece)
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(("first", "piece", "code"), [(GET + b"X: ", b"x", 408), (b"", b"\r\n", None)])
@pytest.mark.parametrize("earlier", [b"", WHOLE])
async def test_a_trickling_head_is_ended(
    hasty: Stack, earlier: bytes, first: bytes, piece: bytes, code: int | None
) -> None:
    connection = await connect(port_of(hasty), earlier)
    if earlier:
        assert (await response(connection)).startswith(b"HTTP/1.1 200 ")
    connection[1].write(first)
    trickling = asyncio.create_task(trickle(connection, piece))
    answer = await closed_by_server(connection, PATIENCE)
    trickling.cancel()
    if code:
        refused(answer, code, "head_too_slow")
    else:
        assert answer == b""


async def test_a_body_trickling_after_its_response_is_ended(hasty: Stack) -> None:
    head = b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    connection = await connect(port_of(hasty), head)
    assert (await response(connection)).startswith(b"HTTP/1.1 404 ")
    trickling = asyncio.create_task(trickle(connection, b"x"))
    assert await closed_by_server(connection, PATIENCE) == b""
    trickling.cancel()


async def test_a_running_stream_outlives_every_time_limit_of_heads(hasty: Stack) -> None:
    hasty.model.on("how long does it take?", script := Led())
    async with hasty.client() as user:
        turn_id = await user.ask(await user.start(), "how long does it take?")
        exchange = await script.exchange()
        async with user.events(turn_id) as events:
            stream, transcript = frames(events), Transcript()
            await exchange.say("slowly ")
            await read(stream, transcript, has("slowly "))
            silent = await connect(port_of(hasty))
            assert await closed_by_server(silent, PATIENCE) == b""
            await exchange.say("but surely")
            await exchange.finish()
            await read(stream, transcript)
    assert transcript.text == "slowly but surely"


async def test_pipelined_requests_are_answered_in_order(stack: Stack) -> None:
    paths = [b"/health/live", b"/nowhere", b"/roles?user_id=ann", b"/health/live"]
    asked = [b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n" for path in paths]
    connection = await connect(port_of(stack), b"".join(asked))
    statuses = [(await response(connection)).split()[1] for _ in paths]
    assert statuses == [b"200", b"404", b"200", b"200"]
    await hang_up(connection)


async def test_requests_after_a_refused_head_are_not_answered(stack: Stack) -> None:
    answer = await answer_to(stack, WHOLE, of_length(3 * HEAD_BYTES), WHOLE)
    statuses = [part.split()[0] for part in answer.split(b"HTTP/1.1 ")[1:]]
    # Closing a socket with unread bytes resets the connection: answers in flight may be lost.
    assert statuses == [b"200", b"431"][: len(statuses)]


async def test_too_many_pipelined_requests_close_the_connection(stack: Stack) -> None:
    answer = await answer_to(stack, WHOLE * 10 * MOST_PIPELINED)
    answers = answer.count(b"HTTP/1.1 200 ")
    assert 1 <= answers <= MOST_PIPELINED + 1
    assert answer.count(b"HTTP/1.1 ") == answers
    assert b"connection: close" in answer.lower()


async def test_a_head_request_has_no_body(stack: Stack) -> None:
    answer = await answer_to(stack, b"HEAD /health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"\r\n\r\n")


async def test_expect_100_continue_is_answered_before_the_body(stack: Stack, user: Client) -> None:
    body = json.dumps({"session_id": await user.start(), "message": "hello there, after all"}).encode()
    head = (
        f"POST /chat/turns?user_id={user.user_id} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await connect(port_of(stack), head.encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(body)
    assert (await response((reader, writer))).startswith(b"HTTP/1.1 202 ")
    await hang_up((reader, writer))


async def test_an_upgrade_is_answered_as_a_plain_request(stack: Stack) -> None:
    upgrade = b"Connection: Upgrade, close\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    answer = await answer_to(stack, b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n", upgrade, key)
    assert answer.startswith(b"HTTP/1.1 404 ")


@pytest.mark.parametrize(
    "sent",
    [b"hello\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"],
)
async def test_input_that_is_no_http_gets_a_problem_document(stack: Stack, sent: bytes) -> None:
    refused(await answer_to(stack, sent), 400, "invalid_http")


async def test_trailers_do_not_become_headers(stack: Stack, user: Client) -> None:
    body = b'{"session_id": "%b", "message": "hello there, with trailers"}' % (await user.start()).encode()
    head = (
        f"POST /chat/turns?user_id={user.user_id} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"%x\r\n%b\r\n" % (len(body), body)
    answer = await answer_to(stack, head.encode(), chunk, b"0\r\nX-Forwarded-For: 192.0.2.1\r\nX-Other: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 202 "), answer


async def test_too_large_heads_are_counted_in_the_metrics(stack: Stack, user: Client) -> None:
    await answer_to(stack, TOO_LARGE["a header"])

    async def is_counted() -> bool:
        return 'holdfast_limits_hit_total{limit="head_bytes"}' in (await user.http.get("/metrics")).text

    await eventually(is_counted)
