"""Oversized bodies, and in trust mode foreign or forwarded hosts, are refused before the request is handled."""

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
UNBOUNDED = 64 << 20
"""Bytes. A server that accepts so many has no limit on bodies."""


async def send_body(stack: Stack, head: str, body: AsyncIterator[bytes]) -> tuple[int, str, int]:
    """Posts a turn until the response arrives. Returns its status, its text and the number of bytes sent."""
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
        text = (await asyncio.wait_for(answer, PATIENCE)).decode()
        length = next(line for line in text.lower().split("\r\n") if line.startswith("content-length:"))
        text += (await reader.readexactly(int(length.partition(":")[2]))).decode()
        return int(text.split()[1]), text, sent
    finally:
        writer.close()


async def no_body() -> AsyncIterator[bytes]:
    return
    yield b""


async def chunks() -> AsyncIterator[bytes]:
    yield b'c\r\n{"message":"\r\n'
    for _ in range(UNBOUNDED // len(PIECE)):
        yield b"%x\r\n%b\r\n" % (len(PIECE), PIECE)


async def test_a_content_length_above_the_limit_is_refused_unread(stack: Stack) -> None:
    status, text, _ = await send_body(stack, f"Content-Length: {UNBOUNDED}", no_body())
    assert status == 413, text
    assert "content-type: application/problem+json" in text.lower()
    assert json.loads(text.partition("\r\n\r\n")[2])["code"] == "body_too_large"


async def braces() -> AsyncIterator[bytes]:
    yield b"{}"


VALID_LENGTHS = {"spaces": " 2 ", "a tab": "2\t", "many zeros": "0" * 5000 + "2"}
INVALID_LENGTHS = {
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


@pytest.mark.parametrize("case", VALID_LENGTHS)
async def test_an_unusual_but_valid_content_length_is_accepted(stack: Stack, case: str) -> None:
    """The missing identity shows that the length was accepted: identity is checked later."""
    status, text, _ = await send_body(stack, f"Content-Length: {VALID_LENGTHS[case]}", braces())
    assert (status, json.loads(text.partition("\r\n\r\n")[2])["code"]) == (401, "no_identity"), text


@pytest.mark.parametrize("case", INVALID_LENGTHS)
async def test_a_content_length_that_is_not_a_number_is_refused(stack: Stack, case: str) -> None:
    status, text, _ = await send_body(stack, f"Content-Length: {INVALID_LENGTHS[case]}", braces())
    assert (status, json.loads(text.partition("\r\n\r\n")[2])["code"]) == (400, "invalid_http"), text


async def test_a_content_length_of_19_digits_is_too_large(stack: Stack) -> None:
    """The parser reads up to 19 digits."""
    status, text, _ = await send_body(stack, f"Content-Length: {'9' * 19}", no_body())
    assert (status, json.loads(text.partition("\r\n\r\n")[2])["code"]) == (413, "body_too_large"), text


async def test_a_chunked_body_above_the_limit_is_refused_early(stack: Stack) -> None:
    status, text, sent = await send_body(stack, "Transfer-Encoding: chunked", chunks())
    assert status == 413, text
    assert sent < UNBOUNDED / 2
    assert "content-type: application/problem+json" in text.lower()
    assert json.loads(text.partition("\r\n\r\n")[2])["code"] == "body_too_large"


async def test_a_too_large_body_is_refused_and_stores_nothing(stack: Stack, user: Client, session_id: str) -> None:
    big = b'{"session_id": "' + session_id.encode() + b'", "title": "x", "message": "' + b"a" * 4_000_000 + b'"}'
    async with nothing_stored(stack, user, session_id):
        for method, path in (("POST", "/chat/turns"), ("PATCH", f"/chat/sessions/{session_id}"), ("POST", "/api/me")):
            headers = {"Content-Type": "application/json"}
            refused(await user.http.request(method, path, content=big, headers=headers), 413, "body_too_large")


async def test_requests_of_other_protocols_may_be_longer(user: Client) -> None:
    for prefix in ("", "/api"):
        path = f"{prefix}/v1/no-such-route"
        assert (await user.http.post(path, content=b"a" * 4_000_000)).status_code != 413
        refused(await user.http.post(path, content=b"a" * 4_200_000), 413, "prompt_too_large")


@pytest.mark.parametrize("character", ["a", "汉", "😀", "\n"])
async def test_the_longest_message_is_accepted_in_any_encoding(user: Client, session_id: str, character: str) -> None:
    """JSON escapes need up to twelve bytes per character."""
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


def host_header(stack: Stack, host: str) -> dict[str, str]:
    return {"Host": host.format(port=urlsplit(stack.url).port)}


@pytest.mark.parametrize("host", FOREIGN)
async def test_in_trust_mode_a_foreign_host_name_is_refused(
    stack: Stack, user: Client, session_id: str, host: str
) -> None:
    """Another site may bind its name to this machine (DNS rebinding) and could then act as any user."""
    body = {"session_id": session_id, "message": "x"}
    async with nothing_stored(stack, user, session_id):
        for response in (
            await user.http.get("/chat/sessions", headers=host_header(stack, host)),
            await user.http.get("/api/chat/sessions", headers=host_header(stack, host)),
            await user.http.post("/chat/turns", json=body, headers=host_header(stack, host)),
            await user.http.get("/chat/stream", params=body, headers=host_header(stack, host)),
        ):
            assert response.status_code in (400, 403), response.text


@pytest.mark.parametrize("host", LOCAL)
async def test_in_trust_mode_a_local_host_name_is_accepted(stack: Stack, user: Client, host: str) -> None:
    response = await user.http.get("/chat/sessions", headers=host_header(stack, host))
    assert response.status_code == 200, response.text


@pytest.mark.parametrize(
    "header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "x-forwarded-proto", "X-Real-IP", "Via"]
)
async def test_in_trust_mode_a_forwarded_request_is_refused(
    stack: Stack, user: Client, session_id: str, header: str
) -> None:
    """A proxy may set Host to this machine's name, and its clients could then act as any user."""
    body = {"session_id": session_id, "message": "x"}
    async with nothing_stored(stack, user, session_id):
        for response in (
            await user.http.get("/chat/sessions", headers={header: "192.0.2.1"}),
            await user.http.post("/api/chat/turns", json=body, headers={header: ""}),
        ):
            refused(response, 403, "forwarded")


async def test_in_guest_mode_any_host_name_is_accepted(guests: Stack) -> None:
    async with guests.client() as user:
        response = await user.http.get("/health/live", headers={"Host": "chat.example.com"})
    assert response.status_code == 200
