"""The OpenAI-compatible endpoint: one streamed reply at a time, its failures as ours."""

import asyncio
import contextlib
from contextlib import AsyncExitStack
from typing import Any, Self

import aiohttp
import httpx2
import structlog
from openai import AsyncOpenAI, BadRequestError, DefaultAioHttpClient, OpenAIError, UnprocessableEntityError

from chat.settings import Settings
from worker import metrics
from worker.llm import failures
from worker.llm.body import Body
from worker.llm.bounds import TooLarge, bound_refusal, longest_reply
from worker.llm.delta import Delta
from worker.llm.dialect import Dialect
from worker.llm.frames import FrameTooLong
from worker.llm.prompt import PromptMessage
from worker.llm.reply import ReplyDecoder, Sink

CONNECT_SECONDS = 5
WRITE_SECONDS = 10
CONNECTIONS = 10_000
"""The worker's slots are the limit; without a number the transport would have one of its own."""

END_SECONDS = 0.1
"""How long to wait after `[DONE]` for the end of the body: a connection that was read to its end can serve again."""

AFTER_REASON_SECONDS = 5.0
AFTER_USAGE_SECONDS = 1.0
"""Silence after a finish reason, or after the token counts too, that ends the reply where the server does not."""

logger = structlog.get_logger(__name__)

TRANSPORT_ERRORS = (OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError)


class Model:
    """Use it inside `async with`: it owns the connections."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        timeout = httpx2.Timeout(
            connect=CONNECT_SECONDS,
            read=settings.first_byte_seconds,
            write=WRITE_SECONDS,
            pool=CONNECT_SECONDS,
        )
        self._client = AsyncOpenAI(
            api_key=settings.openai_api_key.get_secret_value() or "none",
            base_url=settings.openai_base_url,
            max_retries=0,
            timeout=timeout,
            http_client=DefaultAioHttpClient(
                follow_redirects=False,
                timeout=timeout,
                limits=httpx2.Limits(max_connections=CONNECTIONS),
                headers={"Accept-Encoding": "identity"},
                event_hooks={"response": [bound_refusal]},
            ),
        )
        self._dialects: dict[str, Dialect] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def stream(
        self, model: str, messages: list[PromptMessage], sink: Sink, max_tokens: int | None = None
    ) -> Delta:
        """Hand the reply's deltas to `sink` as they come; returns the last one, which has a `finish_reason`.

        The reply has at most `max_tokens`, or the setting's where those are fewer. Raises `ModelFailure`.
        """
        try:
            return await self._stream(self._request(model, messages, max_tokens), sink)
        except FrameTooLong:
            raise failures.broken_stream() from None
        except TooLarge:
            raise failures.too_large() from None
        except TRANSPORT_ERRORS as error:
            raise failures.of_exception(error, _texts(messages)) from error

    async def _stream(self, request: dict[str, Any], sink: Sink) -> Delta:
        decoder = ReplyDecoder(sink, self._settings.max_reply_chars, _texts(request["messages"]))
        try:
            async with AsyncExitStack() as stack:
                body = await self._ask(stack, request)
                try:
                    await self._read(body, decoder, sink)
                except (FrameTooLong, TooLarge, *TRANSPORT_ERRORS) as error:
                    if not _is_whole(decoder, error):
                        raise
                return decoder.finish()
        finally:
            decoder.flush()
            _note(decoder.oddities, request["model"])

    async def _read(self, body: Body, decoder: ReplyDecoder, sink: Sink) -> None:
        """Returns when the answer has ended, or when it has been silent for long enough after a finish reason.

        Raises `httpx2.ReadTimeout` for silence that is too long for what came before it.
        """
        loop, payloads = asyncio.get_running_loop(), 0

        def take(chunk: bytes) -> bool:
            nonlocal payloads
            more = decoder.take(chunk)
            if (
                decoder.has_spoken
            ):  # until then the model may still read the question, though the server sends something
                body.wait_at_most(self._settings.model_read_timeout)
            if decoder.verdict and decoder.payloads != payloads:
                payloads = decoder.payloads
                silence.reschedule(None if decoder.goes_on_after_reason else loop.time() + _patience(decoder))
            return more

        silence = asyncio.timeout(None)
        try:
            async with silence:
                while not decoder.is_over and not body.is_over:
                    await sink.room()
                    await body.read_into(take)
        except TimeoutError:  # aiohttp's is one, too
            if not silence.expired():
                raise
        if decoder.is_over and not body.is_over:
            await _read_to_the_end(body)

    async def _ask(self, stack: AsyncExitStack, plain: dict[str, Any]) -> Body:
        """The body of the open response; asks again at once in other words where the model does not know ours.

        What a refusal teaches is kept once a request that heeds it is accepted.
        """
        known = self._dialects.setdefault(plain["model"], Dialect())
        dialect = known.copy()
        completions = self._client.chat.completions.with_streaming_response
        while True:
            request = dialect.put(plain)
            # As the extra body all goes out as it is; else the SDK looks through each message for what it may rename.
            asked = completions.create(model=plain["model"], messages=[], stream=True, extra_body=request)
            try:
                response = await stack.enter_async_context(asked)
            except (BadRequestError, UnprocessableEntityError) as refusal:
                if not dialect.learn(refusal.body, _texts(plain["messages"])):
                    raise
            else:
                known.keep(dialect)
                longest = longest_reply(self._settings.openai_max_tokens)
                return Body(response.http_response, longest, self._settings.first_byte_seconds)

    def _request(self, model: str, messages: list[PromptMessage], max_tokens: int | None) -> dict[str, Any]:
        limit = self._settings.openai_max_tokens
        return {
            "model": model,
            "messages": messages,
            "max_tokens": min(limit, max_tokens or limit),
            "temperature": self._settings.openai_temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
        }


def _texts(messages: list[PromptMessage]) -> list[str]:
    """The texts of the conversation, which a refusal may quote."""
    return [message["content"] for message in messages]


def _patience(decoder: ReplyDecoder) -> float:
    """How long to wait for more after a finish reason. Comments are no more.

    Some servers name a reason with every chunk: once text came after one, it tells nothing.
    """
    return AFTER_USAGE_SECONDS if decoder.usage else AFTER_REASON_SECONDS


def _is_whole(decoder: ReplyDecoder, error: Exception) -> bool:
    """Whether the reply is complete, though the rest of its answer broke."""
    if decoder.verdict is None:
        return False
    return isinstance(error, httpx2.ReadTimeout) or not decoder.goes_on_after_reason


async def _read_to_the_end(body: Body) -> None:
    """Whatever comes or breaks now, the reply is complete."""
    with contextlib.suppress(TimeoutError, TooLarge, *TRANSPORT_ERRORS):
        async with asyncio.timeout(END_SECONDS):
            await body.read_into(lambda _: True)


def _note(oddities: set[str], model: str) -> None:
    for kind in sorted(oddities):
        metrics.ODDITIES.labels(kind).inc()
        logger.info("model_oddity", kind=kind, model=model)
