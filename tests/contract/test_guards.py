"""What is refused before anything looks into it: bodies without bounds, and names that are not this machine's."""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from tests.contract.refusals import nothing_stored, refused
from tests.support.client import Client
from tests.support.stack import Stack
from tests.support.waiting import PATIENCE

PIECE = b"a" * 65_536
FAR_TOO_MANY = 64 << 20
"""Bytes. Whoever takes so many reads without a bound."""


async def send_body(stack: Stack, head: str, body: AsyncIterator[bytes]) -> tuple[int, str, int]:
    """POST a turn until an answer comes: its status, the rest of it, and how many bytes were sent before."""
    address = urlsplit(stack.url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    lines = ["POST /chat/turns HTTP/1.1", f"Host: {address.netloc}", "Content-Type: application/json", head, "", ""]
    writer.write("\r\n".join(lines).encode())
    answer, sent = asyncio.create_task(reader.readuntil(b"\r\n\r\n")), 0
    try:
        async for piece in body:
            if answer.done():
                break
            writer.write(piece)
            await asyncio.wait([asyncio.create_task(writer.drain()), answer], return_when=asyncio.FIRST_COMPLETED)
            sent += len(piece)
        told = (await asyncio.wait_for(answer, PATIENCE)).decode()
        length = next(line for line in told.lower().split("\r\n") if line.startswith("content-length:"))
        told += (await reader.readexactly(int(length.partition(":")[2]))).decode()
        return int(told.split()[1]), told, sent
    finally:
        writer.close()


async def nothing() -> AsyncIterator[bytes]:
    return
    yield b""


async def chunks() -> AsyncIterator[bytes]:
    yield b'c\r\n{"message":"\r\n'
    for _ in range(FAR_TOO_MANY // len(PIECE)):
        yield b"%x\r\n%b\r\n" % (len(PIECE), PIECE)


async def test_a_body_that_says_it_is_too_large_is_refused_unread(stack: Stack) -> None:
    status, told, _ = await send_body(stack, f"Content-Length: {FAR_TOO_MANY}", nothing())
    assert status == 413, told
    assert "content-type: application/problem+json" in told.lower()
    assert json.loads(told.partition("\r\n\r\n")[2])["code"] == "body_too_large"


async def braces() -> AsyncIterator[bytes]:
    yield b"{}"


UNDERSTOOD = {"spaces": " 2 ", "a tab": "2\t", "many zeros": "0" * 5000 + "2"}
NO_LENGTHS = {
    "negative": "-1",
    "a sign": "+2",
    "an exponent": "1e3",
    "hexadecimal": "0x2",
    "thousands of digits": "9" * 5000,
    "Arabic digits": "\u0662",
    "wide digits": "\uff12",
    "nothing": "",
    "two in one": "2, 2",
    "two that differ": "2\r\nContent-Length: 3",
    "two alike": "2\r\nContent-Length: 2",
}


@pytest.mark.parametrize("case", UNDERSTOOD)
async def test_a_length_that_is_written_oddly_is_understood(stack: Stack, case: str) -> None:
    """It is only then that anybody asks who has sent the request."""
    status, told, _ = await send_body(stack, f"Content-Length: {UNDERSTOOD[case]}", braces())
    assert (status, json.loads(told.partition("\r\n\r\n")[2])["code"]) == (401, "no_identity"), told


@pytest.mark.parametrize("case", NO_LENGTHS)
async def test_a_length_that_is_no_number_is_refused(stack: Stack, case: str) -> None:
    status, told, _ = await send_body(stack, f"Content-Length: {NO_LENGTHS[case]}", braces())
    assert (status, json.loads(told.partition("\r\n\r\n")[2])["code"]) == (400, "invalid_http"), told


async def test_a_length_of_19_digits_is_too_large(stack: Stack) -> None:
    """As many as the parser reads."""
    status, told, _ = await send_body(stack, f"Content-Length: {'9' * 19}", nothing())
    assert (status, json.loads(told.partition("\r\n\r\n")[2])["code"]) == (413, "body_too_large"), told


async def test_a_body_that_does_not_say_how_large_it_is_is_refused_once_it_is_too_large(stack: Stack) -> None:
    status, told, sent = await send_body(stack, "Transfer-Encoding: chunked", chunks())
    assert status == 413, told
    assert sent < FAR_TOO_MANY / 2
    assert "content-type: application/problem+json" in told.lower()
    assert json.loads(told.partition("\r\n\r\n")[2])["code"] == "body_too_large"


async def test_a_body_that_is_too_large_is_refused_on_every_route_and_leaves_no_trace(
    stack: Stack, user: Client, session_id: str
) -> None:
    big = b'{"session_id": "' + session_id.encode() + b'", "title": "x", "message": "' + b"a" * 4_000_000 + b'"}'
    async with nothing_stored(stack, user, session_id):
        for method, path in (("POST", "/chat/turns"), ("PATCH", f"/chat/sessions/{session_id}"), ("POST", "/api/me")):
            headers = {"Content-Type": "application/json"}
            refused(await user.http.request(method, path, content=big, headers=headers), 413, "body_too_large")


@pytest.mark.parametrize("character", ["a", "汉", "😀", "\n"])
async def test_the_longest_message_fits_however_it_is_written(user: Client, session_id: str, character: str) -> None:
    """JSON may spend twelve bytes on a character."""
    message = character * 7_999 + "."
    body = json.dumps({"session_id": session_id, "message": message}, ensure_ascii=True).encode()
    response = await user.http.post("/chat/turns", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 202, response.text
    await user.follow(response.json()["turn_id"])
    assert (await user.history(session_id))[0]["content"] == message


FOREIGN = ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example", "localhost.evil.example:{port}",
           "192.168.1.5:{port}", "0.0.0.0:{port}", "[2001:db8::1]:{port}", "", "[::1]evil.example",
           "localhost@evil.example"]  # fmt: skip
LOCAL = ["localhost", "localhost:{port}", "localhost:1", "127.0.0.1", "127.0.0.1:{port}", "[::1]", "[::1]:{port}",
         "LocalHost:{port}"]  # fmt: skip


def named(stack: Stack, host: str) -> dict[str, str]:
    return {"Host": host.format(port=urlsplit(stack.url).port)}


@pytest.mark.parametrize("host", FOREIGN)
async def test_where_every_user_id_is_believed_no_other_name_leads_here(
    stack: Stack, user: Client, session_id: str, host: str
) -> None:
    """A page of another site may bind its name to this machine, and would speak for anybody."""
    body = {"session_id": session_id, "message": "x"}
    async with nothing_stored(stack, user, session_id):
        for response in (
            await user.http.get("/chat/sessions", headers=named(stack, host)),
            await user.http.get("/api/chat/sessions", headers=named(stack, host)),
            await user.http.post("/chat/turns", json=body, headers=named(stack, host)),
            await user.http.get("/chat/stream", params=body, headers=named(stack, host)),
        ):
            assert response.status_code in (400, 403), response.text


@pytest.mark.parametrize("host", LOCAL)
async def test_every_name_of_this_machine_leads_here(stack: Stack, user: Client, host: str) -> None:
    response = await user.http.get("/chat/sessions", headers=named(stack, host))
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    "header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "x-forwarded-proto", "X-Real-IP", "Via"]
)
async def test_where_every_user_id_is_believed_a_proxy_of_this_machine_leads_nowhere(
    stack: Stack, user: Client, session_id: str, header: str
) -> None:
    """It may put this machine's name into Host, and whoever is behind it would speak for anybody."""
    body = {"session_id": session_id, "message": "x"}
    async with nothing_stored(stack, user, session_id):
        for response in (
            await user.http.get("/chat/sessions", headers={header: "192.0.2.1"}),
            await user.http.post("/api/chat/turns", json=body, headers={header: ""}),
        ):
            refused(response, 403, "forwarded")


async def test_where_tokens_are_needed_any_name_leads_here(guests: Stack) -> None:
    async with guests.client() as user:
        response = await user.http.get("/health/live", headers={"Host": "chat.example.com"})
    assert response.status_code == 200
