"""Streams replies from one OpenAI-compatible provider. Maps its errors to `ModelFailure`."""

import asyncio
import contextlib
import warnings
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any, Self

import httpx2
import structlog
from openai import AsyncOpenAI, BadRequestError, DefaultAioHttpClient, UnprocessableEntityError
from openai.resources.chat.completions.completions import AsyncCompletions

from chat import network
from chat.position import Position, encoder_of
from chat.providers.catalog import Model, Provider
from worker import metrics, tls
from worker.llm import failures
from worker.llm.body import Body
from worker.llm.bounds import TooLarge, bound_refusal, max_reply_bytes
from worker.llm.continuation import Continuation, address_of
from worker.llm.delta import Delta
from worker.llm.failures import TRANSPORT_ERRORS, ModelFailure
from worker.llm.frames import FrameTooLong
from worker.llm.parameters import Parameters
from worker.llm.prompt import PromptMessage, texts_of
from worker.llm.reply import ReplyDecoder, Sink
from worker.llm.responses.client import BackgroundClient

CONNECT_SECONDS = 5
WRITE_SECONDS = 10
CONNECTIONS = 10_000
"""More than a worker's slots, which are the limit. Without a number the transport applies its own."""

BODY_END_SECONDS = 0.1
"""How long to wait for the body's end after `[DONE]`: only a connection read to its end can be reused."""

AFTER_REASON_SECONDS = 5.0
AFTER_USAGE_SECONDS = 1.0
"""Seconds of silence after a finish reason, or after the token counts too, that end a reply the server keeps open."""

LARGE_BODY = "Sending a large body directly with raw bytes"
"""aiohttp's warning of bodies of more than 1 MiB. A prompt may have some, and writing it takes about a millisecond."""

logger = structlog.get_logger(__name__)


class ProviderClient:
    """A client of one provider. Use it inside `async with`, which closes its connections.

    `max_reply_chars`, `turn_timeout`: as in the settings.
    """

    def __init__(self, provider: Provider, max_reply_chars: int, turn_timeout: float) -> None:
        self._provider = provider
        self._max_reply_chars = max_reply_chars
        self._turn_timeout = turn_timeout
        warnings.filterwarnings("ignore", LARGE_BODY, ResourceWarning)
        timeout = _timeout(turn_timeout)
        key, query = provider.key.get_secret_value(), network.query_of(provider.base_url)
        self._client = AsyncOpenAI(
            api_key=key or "none",
            base_url=network.without_query(provider.base_url),
            default_query=query,
            default_headers=network.azure_headers(query, key),
            max_retries=0,
            timeout=timeout,
            http_client=DefaultAioHttpClient(
                follow_redirects=False,
                verify=tls.context_for(provider.base_url),
                timeout=timeout,
                limits=httpx2.Limits(max_connections=CONNECTIONS),
                headers={"Accept-Encoding": "identity"},
                event_hooks={"response": [bound_refusal]},
            ),
        )
        self._background = BackgroundClient(self._client, max_reply_chars, turn_timeout)
        self._parameters: dict[str, Parameters] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def stream(
        self,
        model: Model,
        request: dict[str, Any],
        sink: Sink,
        continuation: Continuation | None = None,
        *,
        has_tools: bool = False,
        written: int = 0,
    ) -> Delta:
        """Adds the reply's deltas to `sink` as they come. Returns the last one, which has a `finish_reason`.

        `request`: as `request_of` returns it. With a `continuation` only what follows it is added. `has_tools`: the
        model may call tools of the client. `written`: characters of the reply that are there already; those of a
        `continuation` count by themselves. Raises `ModelFailure`, and `NotContinued` for an answer that does not
        continue it.
        """
        messages = request["messages"]
        if continuation is None and written >= self._max_reply_chars:
            return Delta(finish_reason="length")
        try:
            if model.continues == "background":
                sink.track(None)
                texts = texts_of(messages)
                stream = self._background.stream
                return await stream(model, request, texts, sink, continuation, has_tools=has_tools, written=written)
            return await self._stream(model, request, sink, continuation, has_tools=has_tools, written=written)
        except (ModelFailure, FrameTooLong, TooLarge, *TRANSPORT_ERRORS) as error:
            failure = _failure_of(error, messages)
            failure.remedies = self._provider.remedies
            failure.facts |= {"url": network.shown(self._provider.base_url), "model": model.id}
            if failure is error:
                raise
            raise failure from error

    async def cancel(self, position: Position) -> None:
        """Stops the reply that is made in the background, if one is."""
        await self._background.cancel(position.response)

    async def _stream(
        self,
        model: Model,
        request: dict[str, Any],
        sink: Sink,
        continuation: Continuation | None,
        *,
        has_tools: bool,
        written: int,
    ) -> Delta:
        room, seam, client = self._max_reply_chars - written, None, self._client
        if continuation:
            room = self._max_reply_chars - continuation.size
            dialect = model.dialect
            assert dialect
            if room <= 0 or not continuation.has_tokens_left(request, dialect):
                return Delta(finish_reason="length")
            seam, request = continuation.seam(dialect), continuation.put(request, dialect)
            client = client.with_options(base_url=address_of(str(client.base_url), dialect))
        decoder = ReplyDecoder(sink, room, texts_of(request["messages"]), seam, has_tools=has_tools)
        sink.track(_position(model.id, continuation, decoder) if model.continues == "prefix" else None)
        try:
            async with AsyncExitStack() as stack:
                body = await self._ask(client, stack, model, request)
                try:
                    await self._read(body, decoder, sink, model.read_timeout)
                except (FrameTooLong, TooLarge, *TRANSPORT_ERRORS) as error:
                    if not _is_whole(decoder, error):
                        raise
                return decoder.finish()
        finally:
            decoder.flush()
            _count_oddities(decoder, model.id)

    async def _read(self, body: Body, decoder: ReplyDecoder, sink: Sink, read_seconds: float) -> None:
        """Reads until the answer ends, or until it was silent for long enough after a finish reason.

        Raises `httpx2.ReadTimeout` if it is silent for `read_seconds` otherwise.
        """
        loop, payloads = asyncio.get_running_loop(), 0

        def take(chunk: bytes) -> bool:
            nonlocal payloads
            wants_more = decoder.take(chunk)
            if decoder.has_output:  # until then the model may still read the prompt, although the server sends bytes
                body.wait_at_most(read_seconds)
            if decoder.verdict and decoder.payloads != payloads:
                payloads = decoder.payloads
                silence.reschedule(None if decoder.continues_after_reason else loop.time() + _silence_limit(decoder))
            return wants_more

        silence = asyncio.timeout(None)
        try:
            async with silence:
                while not decoder.is_over and not body.is_over:
                    await sink.room()
                    await body.read_into(take)
        except TimeoutError:  # aiohttp's timeout error is one too
            if not silence.expired():
                raise
        if decoder.is_over and not body.is_over:
            await _read_to_the_end(body)

    async def _ask(self, client: AsyncOpenAI, stack: AsyncExitStack, model: Model, unadapted: dict[str, Any]) -> Body:
        """Opens the response and returns its body. Repeats the request at once with parameters that the model knows.

        What a refusal teaches is kept once a request that follows it is accepted.
        """
        learned = self._parameters.setdefault(model.id, Parameters())
        parameters = learned.copy()
        completions = AsyncCompletions(client).with_streaming_response  # `client.chat` is imported when it is used
        seconds = min(model.first_byte_timeout, self._turn_timeout)
        while True:
            request = parameters.put(unadapted)
            # The extra body is sent unchanged; otherwise the SDK searches each message for fields to rename.
            opening = completions.create(
                model=model.name, messages=[], stream=True, extra_body=request, timeout=_timeout(seconds)
            )
            try:
                response = await stack.enter_async_context(opening)
            except (BadRequestError, UnprocessableEntityError) as refusal:
                if not parameters.learn(refusal.body, texts_of(unadapted["messages"])):
                    raise
            else:
                learned.adopt(parameters)
                return Body(response.http_response, max_reply_bytes(model.max_tokens or 0), seconds)


def _position(model_id: str, continuation: Continuation | None, decoder: ReplyDecoder) -> Callable[[int], str]:
    """Returns where the reply is after so many further pieces, which are all that the decoder has added."""
    encoded = encoder_of(model_id)
    earlier = continuation.position if continuation else Position(model=model_id)
    return lambda pieces: encoded(earlier.pieces + pieces, earlier.thoughts + decoder.thoughts)


def _timeout(read_seconds: float) -> httpx2.Timeout:
    """Returns the time limits of a request, with `read_seconds` for its first byte."""
    return httpx2.Timeout(connect=CONNECT_SECONDS, read=read_seconds, write=WRITE_SECONDS, pool=CONNECT_SECONDS)


def _failure_of(error: Exception, messages: list[PromptMessage]) -> ModelFailure:
    if isinstance(error, ModelFailure):
        return error
    if isinstance(error, FrameTooLong):
        return failures.broken_stream()
    return failures.too_large() if isinstance(error, TooLarge) else failures.of_exception(error, texts_of(messages))


def _silence_limit(decoder: ReplyDecoder) -> float:
    """Returns how many seconds to wait for more after a finish reason. Comments do not count.

    Some servers send a reason with every chunk: once text has followed a reason, it does not mean the end.
    """
    return AFTER_USAGE_SECONDS if decoder.usage else AFTER_REASON_SECONDS


def _is_whole(decoder: ReplyDecoder, error: Exception) -> bool:
    """Returns whether the reply is complete, although reading the rest of its answer failed."""
    if decoder.verdict is None:
        return False
    return isinstance(error, httpx2.ReadTimeout) or not decoder.continues_after_reason


async def _read_to_the_end(body: Body) -> None:
    """Reads the rest of the body. Ignores errors, because the reply is complete."""
    with contextlib.suppress(TimeoutError, TooLarge, *TRANSPORT_ERRORS):
        async with asyncio.timeout(BODY_END_SECONDS):
            await body.read_into(lambda _: True)


def _count_oddities(decoder: ReplyDecoder, model: str) -> None:
    for kind in sorted(decoder.oddities):
        fields = {"fields": decoder.unknown_fields} if kind == "unknown_field" else {}
        metrics.ODDITIES.labels(kind).inc()
        logger.info("model_oddity", kind=kind, model=model, **fields)
