"""The OpenAI-compatible endpoint: one streamed reply at a time, its failures as ours."""

import asyncio
import contextlib
import json
from contextlib import AsyncExitStack
from typing import Any, Self

import aiohttp
import httpx2
from openai import AsyncOpenAI, BadRequestError, DefaultAioHttpClient, OpenAIError

from chat.settings import Settings
from worker import failures
from worker.body import Body
from worker.bounds import TooLarge, bound_refusal, longest_reply
from worker.deltas import Delta
from worker.dialect import Dialect
from worker.frames import FrameTooLong
from worker.prompt import PromptMessage
from worker.reply import ReplyDecoder, Sink

CONNECT_SECONDS = 5
WRITE_SECONDS = 10
CONNECTIONS = 10_000
"""The worker's slots are the limit; without a number the transport would have one of its own."""

END_SECONDS = 0.1
USAGE_SECONDS = 5
"""How long to wait for the token counts once the reply itself is complete."""

TRANSPORT_ERRORS = (OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError)


class Model:
    """Use it inside `async with`: it owns the connections."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        timeout = httpx2.Timeout(
            connect=CONNECT_SECONDS,
            read=settings.model_read_timeout,
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
            raise failures.of_exception(error) from error

    async def _stream(self, request: dict[str, Any], sink: Sink) -> Delta:
        decoder = ReplyDecoder(sink, self._settings.max_reply_chars)
        async with AsyncExitStack() as stack:
            body = await self._ask(stack, request)
            while decoder.wants_more and not body.is_over:
                await sink.room()
                await body.pour(decoder.take)
            last = decoder.last or decoder.finish()
            return last if last.usage and not decoder.is_over else await _read_to_the_end(decoder, body)

    async def _ask(self, stack: AsyncExitStack, plain: dict[str, Any]) -> Body:
        """The body of the open response; asks again at once in other words where the model does not know ours."""
        dialect = self._dialects.setdefault(plain["model"], Dialect())
        completions = self._client.chat.completions.with_streaming_response
        while True:
            request = dialect.put(plain)
            # As the extra body all goes out as it is; else the SDK looks through each message for what it may rename.
            asked = completions.create(model=plain["model"], messages=[], stream=True, extra_body=request)
            try:
                response = await stack.enter_async_context(asked)
            except BadRequestError as refusal:
                if not dialect.learn(json.dumps(refusal.body, default=str), request):
                    raise
            else:
                longest = longest_reply(self._settings.openai_max_tokens)
                return Body(response.http_response, longest, self._settings.model_read_timeout)

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


async def _read_to_the_end(decoder: ReplyDecoder, body: Body) -> Delta:
    """The token counts come after the last text, if they come; and a connection that was read to its end can serve
    again."""
    with contextlib.suppress(TimeoutError, FrameTooLong, *TRANSPORT_ERRORS):
        async with asyncio.timeout(END_SECONDS if decoder.is_over else USAGE_SECONDS) as patience:

            def take(chunk: bytes) -> bool:
                decoder.feed(chunk)
                if decoder.is_over:
                    patience.reschedule(asyncio.get_running_loop().time() + END_SECONDS)
                return True

            await body.pour(take)
    return decoder.finish()
