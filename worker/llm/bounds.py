"""Bounds how many bytes a model server may send."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx2

MAX_ERROR_BYTES = 64 << 10
"""The beginning of a refusal is enough, but the SDK reads all of its body."""

REFUSAL_SECONDS = 30.0
"""How long the body of a refusal may take. What arrives in this time is used."""

MAX_REPLY_BYTES = 64 << 20
BYTES_PER_TOKEN = 4096
"""Far more than a chunk of one token takes, with all its other fields."""


class TooLarge(httpx2.HTTPError):
    """Raised when a response has more bytes than any reply can need."""

    def __init__(self) -> None:
        super().__init__("the response is too large")


def max_reply_bytes(max_tokens: int) -> int:
    """Returns the bytes that a reply of `max_tokens` may take."""
    return max(MAX_REPLY_BYTES, BYTES_PER_TOKEN * max_tokens)


async def bound_refusal(response: httpx2.Response) -> None:
    """Bounds the body of a refusal before it is read: a hook of the HTTP client.

    Nothing is decompressed, because a few compressed bytes may become any number. Requests ask for no compression.
    """
    response.headers.pop("content-encoding", None)
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    if not response.is_success:
        response.stream = _BoundedStream(response.stream)


class _BoundedStream(httpx2.AsyncByteStream):
    """Ends after `MAX_ERROR_BYTES`, or after `REFUSAL_SECONDS`."""

    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left, chunks = MAX_ERROR_BYTES, aiter(self._stream)
        until = asyncio.get_running_loop().time() + REFUSAL_SECONDS
        with contextlib.suppress(TimeoutError):
            while left > 0:
                async with asyncio.timeout_at(until):
                    chunk = await anext(chunks, b"")
                if not chunk:
                    return
                yield chunk[:left]
                left -= len(chunk)

    async def aclose(self) -> None:
        await self._stream.aclose()
