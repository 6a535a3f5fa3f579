"""How many bytes a model server may send at the most."""

from collections.abc import AsyncIterator

import httpx2

MAX_ERROR_BYTES = 64 << 10
"""Of a refusal the first words are enough; the SDK reads all that there is."""

MAX_REPLY_BYTES = 64 << 20
BYTES_PER_TOKEN = 4096
"""Far more than a chunk of one token takes, whatever a server puts beside it."""


class TooLarge(httpx2.HTTPError):
    """The response has more bytes than any reply can need."""

    def __init__(self) -> None:
        super().__init__("the response is too large")


class ResponseBounds:
    """A hook of the HTTP client: bounds each response before anybody reads of it.

    Nothing is unpacked, since a few packed bytes may be any number of bytes; we ask for none that are packed.
    """

    def __init__(self, max_tokens: int) -> None:
        self._longest = max(MAX_REPLY_BYTES, BYTES_PER_TOKEN * max_tokens)

    async def __call__(self, response: httpx2.Response) -> None:
        response.headers.pop("content-encoding", None)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        if response.is_success:
            response.stream = _Bounded(response.stream, self._longest)
        else:
            response.stream = _Cut(response.stream, MAX_ERROR_BYTES)


class _Bounded(httpx2.AsyncByteStream):
    """Raises `TooLarge` beyond the bound."""

    def __init__(self, stream: httpx2.AsyncByteStream, longest: int) -> None:
        self._stream = stream
        self._left = longest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._left -= len(chunk)
            if self._left < 0:
                raise TooLarge
            yield chunk

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Cut(_Bounded):
    """Ends at the bound."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            yield chunk[: self._left]
            self._left -= len(chunk)
            if self._left <= 0:
                return
