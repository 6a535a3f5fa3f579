"""Reads background responses of one provider, and reads them on after a lost connection or a lost worker."""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import httpx2
import structlog
from openai import APIStatusError, AsyncAPIResponse, AsyncOpenAI, BadRequestError, UnprocessableEntityError, omit
from pydantic_core import from_json

from chat.position import Position
from chat.providers.catalog import Model
from worker.llm import failures
from worker.llm.body import Body
from worker.llm.bounds import TooLarge, max_reply_bytes
from worker.llm.continuation import Continuation
from worker.llm.delta import Delta
from worker.llm.failures import TRANSPORT_ERRORS, ModelFailure
from worker.llm.frames import FrameParser, FrameTooLong
from worker.llm.parameters import Parameters
from worker.llm.reply import Sink
from worker.llm.responses.bodies import background_of
from worker.llm.responses.outputs import ENDED
from worker.llm.responses.reader import ResponseReader
from worker.llm.seam import NotContinued

CANCEL_SECONDS = 5.0
POLL_SECONDS = 1.0
"""How often a response is asked for that can no longer be streamed: OpenAI streams none that is older than five minutes
(openai/openai-python#2828)."""

FIRST_WAIT = 0.5
LONGEST_WAIT = 8.0
"""Seconds before a response is read on after a lost connection: doubled each time, or as long as the server asked."""

GONE = (404, 410)
LOST = (*TRANSPORT_ERRORS, FrameTooLong, TooLarge)
Opening = AbstractAsyncContextManager[AsyncAPIResponse[Any]]

logger = structlog.get_logger(__name__)


class BackgroundClient:
    """Makes replies in the background. `max_reply_chars`, `turn_timeout`: as in the settings."""

    def __init__(self, sdk: AsyncOpenAI, max_reply_chars: int, turn_timeout: float) -> None:
        self._sdk = sdk
        self._max_reply_chars = max_reply_chars
        self._turn_timeout = turn_timeout
        self._parameters: dict[str, Parameters] = {}

    async def stream(
        self,
        model: Model,
        request: dict[str, Any],
        texts: list[str],
        sink: Sink,
        continuation: Continuation | None = None,
        *,
        has_tools: bool = False,
        written: int = 0,
    ) -> Delta:
        """Adds the reply's deltas to `sink`. Returns the last one, which has a `finish_reason`.

        `request`: as `request_of` returns it. `has_tools`: the model may call tools. `written`: characters of the
        reply that are there already. With a `continuation` its response is read on, and nothing is generated. Raises
        `ModelFailure`, the errors of a request that opens no response, and `NotContinued` for a response that is gone.
        The failure of a response that is read on is not retryable: it would be read again, not made again.
        """
        reader = ResponseReader(sink, self._max_reply_chars - written, texts, has_tools=has_tools)
        reading = _Reading(self, model, sink, reader)
        try:
            if continuation:
                reading.go_on(continuation)
            else:
                await reading.begin(background_of(request, model), texts)
            return await reading.finish()
        except Exception as error:
            if not reading.has_ended:
                await self.cancel(reading.id)
            if isinstance(error, ModelFailure):
                error.retryable = error.retryable and continuation is None
            raise

    async def cancel(self, response_id: str) -> None:
        """Stops a response, if it still runs. Never fails: the response ends by itself, too."""
        if not response_id:
            return
        try:
            async with asyncio.timeout(CANCEL_SECONDS):
                await self._sdk.responses.cancel(response_id)
        except (TimeoutError, *TRANSPORT_ERRORS) as error:
            logger.info("response_not_cancelled", error=type(error).__name__)

    async def create(self, stack: AsyncExitStack, model: Model, unadapted: dict[str, Any], texts: list[str]) -> Body:
        """Creates a response and returns the body with its events, as `ProviderClient` asks for completions."""
        learned = self._parameters.setdefault(model.id, Parameters())
        parameters = learned.copy()
        while True:
            request = parameters.put(unadapted)
            opening = self._sdk.responses.with_streaming_response.create(
                model=model.name, input=[], stream=True, extra_body=request, timeout=self._timeout(model)
            )
            try:
                body = await self._opened(stack, model, opening)
            except (BadRequestError, UnprocessableEntityError) as refusal:
                if not parameters.learn(refusal.body, texts):
                    raise
            else:
                learned.adopt(parameters)
                return body

    async def read_on(self, stack: AsyncExitStack, model: Model, response_id: str, after: int | None) -> Body:
        """Returns the body with the events after that number."""
        opening = self._sdk.responses.with_streaming_response.retrieve(
            response_id, stream=True, starting_after=omit if after is None else after, timeout=self._timeout(model)
        )
        return await self._opened(stack, model, opening)

    async def retrieve(self, model: Model, response_id: str) -> dict[str, Any]:
        """Returns the response as it is now."""
        async with AsyncExitStack() as stack:
            opening = self._sdk.responses.with_streaming_response.retrieve(response_id, timeout=self._timeout(model))
            body, pieces = await self._opened(stack, model, opening), list[bytes]()
            while not body.is_over:
                await body.read_into(_collecting(pieces))
        return _parsed(b"".join(pieces))

    async def _opened(self, stack: AsyncExitStack, model: Model, opening: Opening) -> Body:
        response = await stack.enter_async_context(opening)
        return Body(response.http_response, max_reply_bytes(model.max_tokens or 0), self.first_byte(model))

    def first_byte(self, model: Model) -> float:
        """Returns how many seconds the model may take until its first byte."""
        return min(model.first_byte_timeout, self._turn_timeout)

    def _timeout(self, model: Model) -> httpx2.Timeout:
        defaults = self._sdk.timeout
        assert isinstance(defaults, httpx2.Timeout)
        return httpx2.Timeout(
            connect=defaults.connect, read=self.first_byte(model), write=defaults.write, pool=defaults.pool
        )


def _parsed(body: bytes) -> dict[str, Any]:
    """Returns the response. Raises `httpx2.DecodingError` for what is none, as for any answer that is damaged."""
    with contextlib.suppress(ValueError):
        response = from_json(body)
        if isinstance(response, dict):
            return response
    raise httpx2.DecodingError("not a response")


def _collecting(pieces: list[bytes]) -> Callable[[bytes], bool]:
    def take(chunk: bytes) -> bool:
        pieces.append(chunk)
        return True

    return take


class _Reading:
    """Reads one response to its end, over any number of connections."""

    def __init__(self, client: BackgroundClient, model: Model, sink: Sink, reader: ResponseReader) -> None:
        self._client = client
        self._model = model
        self._sink = sink
        self._reader = reader
        self._is_tracked = self._is_left = False
        self._is_known = asyncio.Event()
        self._lost_at: float | None = None
        self._next_wait = FIRST_WAIT

    @property
    def id(self) -> str:
        return self._reader.id

    @property
    def has_ended(self) -> bool:
        """Whether the response does not change any more, or is gone."""
        return self._reader.has_ended

    def go_on(self, continuation: Continuation) -> None:
        position = continuation.position
        shown = continuation.content, continuation.thinking, continuation.calls
        self._reader.go_on(position.response, position.after, *shown)
        self._track()

    async def begin(self, request: dict[str, Any], texts: list[str]) -> None:
        """Creates the response and reads it as far as the connection lasts.

        Raises the error of a connection on which no event came, because the response is not known then. If it is
        cancelled before, it waits for the first event, and stops the response, which could not be read on.
        """
        opening = asyncio.create_task(self._begin(request, texts))
        opening.add_done_callback(lambda _: self._is_known.set())
        try:
            await asyncio.shield(opening)
        except asyncio.CancelledError:
            self._is_left = not self.id
            if self._is_left:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._is_known.wait(), CANCEL_SECONDS)
            opening.cancel()
            await asyncio.wait([opening])
            if self._is_left:
                await self._client.cancel(self.id)
            raise

    async def _begin(self, request: dict[str, Any], texts: list[str]) -> None:
        try:
            async with AsyncExitStack() as stack:
                await self._read(await self._client.create(stack, self._model, request, texts))
        except LOST as error:
            if not self.id:
                raise
            logger.info("response_stream_lost", error=type(error).__name__)
        if not self.id:
            raise failures.broken_stream()

    async def finish(self) -> Delta:
        """Reads on until the response is over.

        Raises `ModelFailure` once the provider was away for as long as the model may be silent.
        """
        while not self._reader.is_over:
            lost = await self._read_on()
            if not self._reader.is_over:
                await self._wait(lost)
        if self._reader.is_cut:
            await self._client.cancel(self.id)
        return self._reader.last

    async def _wait(self, lost: ModelFailure) -> None:
        """Waits before the next connection. Raises `lost` where none would help, or after too long an outage."""
        now = asyncio.get_running_loop().time()
        if self._lost_at is None:
            self._lost_at, self._next_wait = now, FIRST_WAIT
        wait = max(self._next_wait, lost.retry_after or 0)
        if not lost.retryable or now + wait > self._lost_at + self._patience:
            raise lost
        self._next_wait = min(LONGEST_WAIT, 2 * self._next_wait)
        await asyncio.sleep(wait)

    @property
    def _patience(self) -> float:
        return self._model.read_timeout if self._reader.has_added else self._client.first_byte(self._model)

    async def _read_on(self) -> ModelFailure:
        """Reads on as far as a connection lasts. Returns why it did not last, where the response is not over."""
        try:
            await self._read_more()
        except LOST as error:
            if isinstance(error, APIStatusError) and error.status_code in GONE:
                self._reader.has_ended = True
                raise (failures.incomplete() if self._reader.has_added else NotContinued()) from None
            logger.info("response_stream_lost", error=type(error).__name__)
            return failures.too_large() if isinstance(error, FrameTooLong | TooLarge) else failures.of_exception(error)
        return failures.incomplete()

    async def _read_more(self) -> None:
        """Reads the stream of the response. Where there is none any more, waits for the whole response."""
        try:
            async with AsyncExitStack() as stack:
                await self._read(await self._client.read_on(stack, self._model, self.id, self._reader.after))
        except BadRequestError:
            while True:
                response = await self._client.retrieve(self._model, self.id)
                self._lost_at = None
                if response.get("status") in ENDED:
                    return self._reader.end(response)
                await asyncio.sleep(POLL_SECONDS)

    async def _read(self, body: Body) -> None:
        """Reads until the response is over or the connection ends."""
        reader, sink, frames = self._reader, self._sink, FrameParser()
        reader.connect()

        def take(chunk: bytes) -> bool:
            before = reader.after
            for frame in frames.feed(chunk):
                if isinstance(frame.data, dict):
                    reader.take(frame.data)
            if reader.after != before:
                self._lost_at = None
            if reader.id and not self._is_known.is_set():
                self._know()
            if reader.has_added:
                body.wait_at_most(self._model.read_timeout)
            return not reader.is_over and not sink.is_full and not self._is_left

        while not reader.is_over and not body.is_over:
            await sink.room()
            await body.read_into(take)

    def _know(self) -> None:
        """Notes that the response's id is known."""
        self._is_known.set()
        if not self._is_tracked and not self._is_left:
            self._track()

    def _track(self) -> None:
        """Has the response's id written at once: until then a lost worker would make another response necessary."""
        self._is_tracked = True
        self._sink.track(self._position, at_once=True)

    def _position(self, _: int) -> str:
        return Position(model=self._model.id, response=self.id, after=self._reader.after).encoded()
