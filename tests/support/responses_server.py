"""A scripted server of OpenAI's Responses API that is strict about its protocol, and makes replies in the background.

https://developers.openai.com/api/docs/guides/background
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support import privacy
from tests.support.prefix_models import length, pieces

Object = dict[str, Any]
KNOWN = frozenset(
    "model input background store stream max_output_tokens temperature reasoning tools tool_choice".split()
)
USAGE = {
    "input_tokens": 7,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": 50,
    "output_tokens_details": {"reasoning_tokens": 5},
    "total_tokens": 57,
}


async def at_once(_: int) -> None:
    """Wait for nothing."""


@dataclass(frozen=True)
class Scripted:
    """A reply. `before` is awaited before each piece, with the number of characters of `text` before it.

    `calls`: names and arguments of calls of tools. `status`: how the response ends; `reason`: why it is incomplete;
    `error`: why it has failed.
    """

    text: str
    thinking: tuple[str, ...] = ()
    refusal: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    status: str = "completed"
    reason: str = ""
    error: Object | None = None
    before: Callable[[int], Awaitable[None]] = at_once
    seed: int = 0


@dataclass
class Response:
    """A response that the server makes. `events`: all so far, each with its number as `sequence_number`."""

    id: str
    question: str
    script: Scripted
    status: str = "queued"
    events: list[Object] = field(default_factory=list)
    output: list[Object] = field(default_factory=list)
    reads: list[int | None] = field(default_factory=list)
    cancels: int = 0
    is_gone: bool = False
    is_old: bool = False
    task: asyncio.Task[None] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def object(self) -> Object:
        is_over = self.status in ("completed", "incomplete", "failed", "cancelled")
        return {
            "id": self.id,
            "object": "response",
            "status": self.status,
            "background": True,
            "output": self.output,
            "error": self.script.error if self.status == "failed" else None,
            "incomplete_details": {"reason": self.script.reason} if self.status == "incomplete" else None,
            "usage": USAGE if is_over and self.status != "failed" else None,
        }

    def emit(self, kind: str, **fields: Any) -> None:
        self.events.append({"type": kind, "sequence_number": len(self.events), **deepcopy(fields)})
        self.changed.set()
        self.changed = asyncio.Event()

    def end(self, status: str) -> None:
        """End the response as it is."""
        if self.task:
            self.task.cancel()
        self.status = status
        self.emit(f"response.{status}", response=self.object())

    async def make(self) -> None:
        """Make the reply, whether it is read or not."""
        for status in ("created", "queued", "in_progress"):
            self.status = status.replace("created", "queued")
            self.emit(f"response.{status}", response=self.object())
        await self._think()
        if self.script.text or self.script.refusal or not self.script.calls:
            await self._write()
        await self._call()
        self.status = self.script.status
        self.emit(f"response.{self.status}", response=self.object())

    async def _think(self) -> None:
        if not self.script.thinking:
            return
        item: Object = {"id": "rs_1", "type": "reasoning", "summary": []}
        self.output.append(item)
        self.emit("response.output_item.added", output_index=0, item=item)
        for index, summary in enumerate(self.script.thinking):
            part = {"type": "summary_text", "text": ""}
            item["summary"].append(part)
            place = {"item_id": "rs_1", "output_index": 0, "summary_index": index}
            self.emit("response.reasoning_summary_part.added", part=part, **place)
            for piece in pieces(summary, self.script.seed):
                await self.script.before(0)
                part["text"] += piece
                self.emit("response.reasoning_summary_text.delta", delta=piece, **place)
            part["text"] = summary
            self.emit("response.reasoning_summary_text.done", text=summary, **place)
        self.emit("response.output_item.done", output_index=0, item=item)

    async def _write(self) -> None:
        is_refusal = bool(self.script.refusal)
        whole, kind = self.script.refusal or self.script.text, "refusal" if is_refusal else "output_text"
        name = "refusal" if is_refusal else "text"
        part: Object = {"type": kind, name: ""}
        item = {"id": "msg_1", "type": "message", "role": "assistant", "content": [part]}
        self.output.append(item)
        place = {"item_id": "msg_1", "output_index": len(self.output) - 1, "content_index": 0}
        self.emit("response.output_item.added", output_index=place["output_index"], item=item)
        self.emit("response.content_part.added", part=part, **place)
        at = 0
        for piece in pieces(whole, self.script.seed):
            await self.script.before(at)
            privacy.note(piece)
            at += length(piece)
            part[name] = whole[:at]
            self.emit(f"response.{kind}.delta", delta=piece, **({} if is_refusal else {"logprobs": []}), **place)
        part[name] = whole
        self.emit(f"response.{kind}.done", **{name: whole}, **place)
        self.emit("response.output_item.done", output_index=place["output_index"], item=item)

    async def _call(self) -> None:
        for number, (name, arguments) in enumerate(self.script.calls):
            item = {"id": f"fc_{number}", "type": "function_call", "call_id": f"call_{number}", "name": name}
            item |= {"arguments": "", "status": "in_progress"}
            self.output.append(item)
            place = {"item_id": item["id"], "output_index": len(self.output) - 1}
            self.emit("response.output_item.added", output_index=place["output_index"], item=item)
            at = 0
            for piece in pieces(arguments, self.script.seed):
                await self.script.before(at)
                at += length(piece)
                self.emit("response.function_call_arguments.delta", delta=piece, **place)
            item |= {"arguments": arguments, "status": "completed"}
            self.emit("response.function_call_arguments.done", arguments=arguments, **place)
            self.emit("response.output_item.done", output_index=place["output_index"], item=item)


class Refused(Exception):
    """The request breaks the protocol."""

    def __init__(self, status: int, code: str, param: str = "") -> None:
        super().__init__(code)
        self.status = status
        error = {"message": f"{code} {param}", "type": "invalid_request_error", "code": code, "param": param}
        self.body = {"error": error}


class ResponsesServer:
    """`responses`: all that were created, by their ids. `drops`: after how many events the next connections break.

    `asked`: set once a response is asked for. `answers`: while it is clear, no response is made.
    `outages`: what the next requests for a response get instead of it: a status, or 0 for a connection that breaks.
    """

    def __init__(self) -> None:
        self.responses: dict[str, Response] = {}
        self.refused: list[str] = []
        self.drops: list[int] = []
        self.outages: list[int] = []
        self.asked, self.answers = asyncio.Event(), asyncio.Event()
        self.answers.set()
        self.port = 0
        self._scripts: dict[str, list[Scripted]] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def on(self, question: str, *scripts: Scripted) -> None:
        """Script the responses to a question, in order. The last one counts for all that follow."""
        self._scripts[question] = list(scripts)

    def of(self, question: str) -> list[Response]:
        """The responses that were created for this question."""
        return [each for each in self.responses.values() if each.question == question]

    @asynccontextmanager
    async def serve(self) -> AsyncIterator["ResponsesServer"]:
        app = web.Application(client_max_size=1 << 24)
        app.router.add_post("/v1/responses", self._guarded(self._create))
        app.router.add_get("/v1/responses/{id}", self._guarded(self._retrieve))
        app.router.add_post("/v1/responses/{id}/cancel", self._guarded(self._cancel))
        app.router.add_get("/v1/models", self._models)
        runner = web.AppRunner(app, handle_signals=False, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            for response in self.responses.values():
                if response.task:
                    response.task.cancel()
            await runner.cleanup()

    def _guarded(
        self, handle: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                if not request.headers.get("Authorization", "").startswith("Bearer "):
                    raise Refused(401, "missing_key")
                return await handle(request)
            except Refused as refused:
                self.refused.append(str(refused))
                return web.json_response(refused.body, status=refused.status)

        return guarded

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "responding", "object": "model"}]})

    async def _create(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        for name in body.keys() - KNOWN:
            raise Refused(400, "unknown_parameter", name)
        if not (body.get("background") and body.get("store") and body.get("stream")):
            raise Refused(400, "background_needs_store_and_stream")
        if not body.get("model") or not isinstance(body.get("input"), list) or not body["input"]:
            raise Refused(400, "missing_required_parameter", "input")
        questions = [str(each["content"]) for each in body["input"] if each.get("role") == "user"]
        question = questions[-1]
        privacy.note(question)
        self.asked.set()
        await self.answers.wait()
        scripts = self._scripts.get(question, [Scripted("Hello")])
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        response = Response(f"resp_{len(self.responses)}", question, script)
        self.responses[response.id] = response
        response.task = asyncio.create_task(response.make())
        return await self._stream(request, response, 0)

    async def _retrieve(self, request: web.Request) -> web.StreamResponse:
        for name in request.query.keys() - {"stream", "starting_after", "include_obfuscation"}:
            raise Refused(400, "unknown_parameter", name)
        response = self._known(request)
        is_whole = request.query.get("stream") != "true"
        if self.outages and (is_whole or not response.is_old):
            self._fail(request)
        if is_whole:
            if "starting_after" in request.query:
                raise Refused(400, "starting_after_needs_stream")
            return web.json_response(response.object())
        if response.is_old:
            raise Refused(400, "response_is_more_than_5_minutes_old")
        after = request.query.get("starting_after")
        if after is not None and not (after.isdecimal() and int(after) < len(response.events)):
            raise Refused(400, "invalid_cursor", "starting_after")
        response.reads.append(None if after is None else int(after))
        return await self._stream(request, response, 0 if after is None else int(after) + 1)

    def _fail(self, request: web.Request) -> None:
        status = self.outages.pop(0)
        if status:
            raise Refused(status, "server_error")
        assert request.transport
        request.transport.close()

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        response = self._known(request)
        response.cancels += 1
        if response.status in ("queued", "in_progress"):
            response.end("cancelled")
        return web.json_response(response.object())

    def _known(self, request: web.Request) -> Response:
        response = self.responses.get(request.match_info["id"])
        if response is None or response.is_gone:
            raise Refused(404, "response_not_found")
        return response

    async def _stream(self, request: web.Request, response: Response, begin: int) -> web.StreamResponse:
        """Send the events from this number on, as they are made."""
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        await answer.prepare(request)
        left = self.drops.pop(0) if self.drops else -1
        number = begin
        while True:
            while number < len(response.events):
                event = response.events[number]
                try:
                    await answer.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())
                except ConnectionError:  # the client has left; the response is made all the same
                    return answer
                number, left = number + 1, left - 1
                if left == 0:
                    assert request.transport
                    request.transport.close()
                    return answer
            if response.status not in ("queued", "in_progress"):
                return answer
            await response.changed.wait()
