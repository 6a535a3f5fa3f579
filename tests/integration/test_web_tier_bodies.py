"""A request whose body breaks off or is too large does not put an API out of use for others."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

from tests.support.client import Client
from tests.support.foreign_exports import encoded, simple_chatgpt
from tests.support.stack import Stack
from tests.support.web_tier import WebTier, run_web_tier

ROUNDS = 15
TOO_LARGE = 2 << 20
CASES = {
    "breaks off": (b"POST /chat/turns", b"Content-Length: 1000\r\n\r\n{"),
    "breaks off, of a GET": (b"GET /roles", b"Content-Length: 1000\r\n\r\n{"),
    "breaks off, chunked": (b"POST /chat/turns", b"Transfer-Encoding: chunked\r\n\r\n100\r\n{"),
    "breaks off, large, of a GET": (b"GET /roles", b"Content-Length: 900000\r\n\r\n" + bytes(400_000)),
    "is too large": (b"POST /chat/turns", b"Content-Length: %d\r\n\r\n" % TOO_LARGE + bytes(TOO_LARGE)),
    "is too large, chunked": (b"POST /chat/turns", b"Transfer-Encoding: chunked\r\n\r\n200000\r\n" + bytes(TOO_LARGE)),
}


async def send(tier: WebTier, line: bytes, rest: bytes) -> None:
    """Send a request, and close the connection without reading the answer."""
    _, writer = await asyncio.open_connection("127.0.0.1", tier.port)
    writer.write(line + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + rest)
    try:
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    except OSError:  # refused in the middle
        writer.transport.abort()


async def test_a_visitors_bad_body_does_not_stop_others(pair: Stack, tmp_path: Path) -> None:
    async with run_web_tier(tmp_path, pair.urls[:1], api_seconds="300ms") as tier, tier.client() as other:
        for case, (line, rest) in CASES.items():
            for _ in range(ROUNDS):
                await send(tier, line, rest)
                for path in ("/me", "/roles"):
                    assert (await other.http.get(path)).status_code == 200, case
                assert (await other.http.post("/chat/start")).status_code == 200, case


async def test_a_file_to_import_may_be_large(visitor: Client) -> None:
    response = await visitor.http.post("/me/import", content=encoded([simple_chatgpt()]) + b" " * (30 << 20))
    assert response.status_code == 200, response.text
    assert json.loads(response.text.splitlines()[-1])["imported"] == 1
    exported = await visitor.http.get("/me/export")
    assert exported.json()["total"] == {"sessions": 1, "messages": 2}


async def test_a_large_file_may_take_longer_than_a_small_body(pair: Stack, tmp_path: Path) -> None:
    async def slowly() -> AsyncIterator[bytes]:
        yield encoded([simple_chatgpt()]) + b" " * (1 << 20)
        await asyncio.sleep(1)
        yield b" "

    async with run_web_tier(tmp_path, pair.urls[:1], body_seconds="500ms") as tier, tier.client() as visitor:
        response = await visitor.http.post("/me/import", content=slowly())
        assert response.status_code == 200, response.text
        assert json.loads(response.text.splitlines()[-1])["imported"] == 1


async def test_a_file_beyond_the_tiers_limit_is_refused(pair: Stack, tmp_path: Path) -> None:
    async with run_web_tier(tmp_path, pair.urls[:1], web_max_import="3MiB") as tier, tier.client() as visitor:
        response = await visitor.http.post("/me/import", content=b" " * (4 << 20))
        assert (response.status_code, response.json()["code"]) == (413, "import_too_large")
        assert "WEB_MAX_IMPORT" in response.json()["detail"]
