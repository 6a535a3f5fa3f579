"""The OpenAI-compatible endpoint: one streamed reply at a time, its failures as ours."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, aclosing
from typing import Any, Self

import anyio
import httpx2
from openai import AsyncOpenAI, BadRequestError, DefaultAsyncHttpxClient, OpenAIError

from chat.messages import Usage
from chat.settings import Settings
from worker import failures
from worker.deltas import DONE, Delta, Mender, parse
from worker.dialect import Dialect
from worker.frames import FrameParser, FrameTooLong
from worker.prompt import PromptMessage

CONNECT_SECONDS = 5
WRITE_SECONDS = 10
END_SECONDS = 0.1
USAGE_SECONDS = 5
"""How long to wait for the token counts once the reply itself is complete."""

TRANSPORT_ERRORS = (OpenAIError, httpx2.HTTPError, OSError, anyio.EndOfStream, anyio.BrokenResourceError)


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
            http_client=DefaultAsyncHttpxClient(
                follow_redirects=False,
                timeout=timeout,
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=100),
            ),
        )
        self._dialects: dict[str, Dialect] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def stream(
        self, model: str, messages: list[PromptMessage], max_tokens: int | None = None
    ) -> AsyncGenerator[Delta]:
        """The reply's deltas; the last one has a `finish_reason`. Raises `ModelFailure`.

        It has at most `max_tokens`, or the setting's where those are fewer.

        Whoever breaks off must close the iterator, which closes the connection.
        """
        try:
            async with aclosing(self._stream(self._request(model, messages, max_tokens))) as deltas:
                async for delta in deltas:
                    yield delta
        except FrameTooLong:
            raise failures.broken_stream() from None
        except TRANSPORT_ERRORS as error:
            raise failures.of_exception(error) from error

    async def _stream(self, request: dict[str, Any]) -> AsyncGenerator[Delta]:
        async with AsyncExitStack() as stack:
            payloads = _payloads(await self._ask(stack, request))
            mend, think = Mender(), Mender()
            failure = failures.broken_stream()
            async for payload in payloads:
                failure = failures.incomplete()
                if payload == DONE:
                    break
                delta = parse(payload)
                usage = delta.usage
                if delta.content or delta.thinking:
                    yield Delta(content=mend.mend(delta.content), thinking=think.mend(delta.thinking))
                if delta.finish_reason:
                    yield Delta(content=mend.finish(), thinking=think.finish())
                    yield Delta(finish_reason=delta.finish_reason, usage=usage or await _last_usage(payloads))
                    return
            raise failure

    async def _ask(self, stack: AsyncExitStack, plain: dict[str, Any]) -> AsyncIterator[bytes]:
        """The body of the open response; asks again at once in other words where the model does not know ours."""
        dialect = self._dialects.setdefault(plain["model"], Dialect())
        completions = self._client.chat.completions.with_streaming_response
        while True:
            request = dialect.put(plain)
            try:
                response = await stack.enter_async_context(completions.create(**request))
                chunks: AsyncIterator[bytes] = response.iter_bytes()
                return chunks
            except BadRequestError as refusal:
                if not dialect.learn(json.dumps(refusal.body, default=str), request):
                    raise

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


async def _payloads(chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    parser = FrameParser()
    async for chunk in chunks:
        for payload in parser.feed(chunk):
            yield payload
    for payload in parser.finish():
        yield payload


async def _last_usage(payloads: AsyncGenerator[bytes]) -> Usage | None:
    """Token counts come after the last text; a reply without them is complete all the same."""
    usage = None
    with contextlib.suppress(TimeoutError, failures.ModelFailure, FrameTooLong, *TRANSPORT_ERRORS):
        async with asyncio.timeout(USAGE_SECONDS) as patience:
            async for payload in payloads:
                if payload == DONE:  # read to the end all the same, so that the connection can serve again
                    patience.reschedule(asyncio.get_running_loop().time() + END_SECONDS)
                    continue
                usage = parse(payload).usage or usage
    return usage
