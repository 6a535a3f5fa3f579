"""How many bytes a model server may send at the most."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx2

MAX_ERROR_BYTES = 64 << 10
"""Of a refusal the first words are enough; the SDK reads all that there is."""

REFUSAL_SECONDS = 30.0
"""How long the body of a refusal may take; what came by then is what the server said."""

MAX_REPLY_BYTES = 64 << 20
BYTES_PER_TOKEN = 4096
"""Far more than a chunk of one token takes, whatever a server puts beside it."""


class TooLarge(httpx2.HTTPError):
    """The response has more bytes than any reply can need."""

    def __init__(self) -> None:
        super().__init__("the response is too large")


def longest_reply(max_tokens: int) -> int:
    """The bytes that a reply of so many tokens may take."""
    return max(MAX_REPLY_BYTES, BYTES_PER_TOKEN * max_tokens)


async def bound_refusal(response: httpx2.Response) -> None:
    """A hook of the HTTP client: cuts a refusal before anybody reads of it.

    Nothing is unpacked, since a few packed bytes may be any number of bytes; we ask for none that are packed.
    """
    response.headers.pop("content-encoding", None)
    assert isinstance(response.stream, httpx2.AsyncByteStream)
    if not response.is_success:
        response.stream = _Cut(response.stream)


class _Cut(httpx2.AsyncByteStream):
    """Ends at the bound, and in time."""

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
