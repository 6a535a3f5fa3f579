"""Our own stack for the suite: its model server and its processes, which the suite directs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from urllib.parse import urlsplit

from redis.asyncio import Redis

from chat import keys
from launcher import valkey
from tests.chaos.deployment import Valkey
from tests.conformance.control import Reply
from tests.conformance.server import Server, opened
from tests.support.client_questions import ask, request_of
from tests.support.databases import client_of
from tests.support.model_server import Exchange, ModelServer
from tests.support.processes import Process, start
from tests.support.stack import Stack, ready, run_stack
from tests.support.tool_servers import ScriptedServer, scripted
from tests.support.waiting import PATIENCE

MAX_STREAMS = 20
OUTAGE_SECONDS = 2.0
USAGE = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}


class WrittenReply:
    """One request to the scripted model server, answered by the test. See `Reply`."""

    def __init__(self, exchange: Exchange) -> None:
        self.is_over = asyncio.Event()
        self._exchange = exchange
        self._has_begun = False

    async def think(self, text: str) -> None:
        with suppress(ConnectionError):
            await (await self._begun()).delta(reasoning_content=text)

    async def say(self, text: str) -> None:
        with suppress(ConnectionError):
            await (await self._begun()).say(text)

    async def call(self, index: int, call_id: str = "", name: str = "", arguments: str = "") -> None:
        with suppress(ConnectionError):
            exchange = await self._begun()
            if call_id:
                await exchange.call(index, call_id, name)
            if arguments:
                await exchange.arguments(index, arguments)

    async def finish(self, reason: str = "stop") -> None:
        with suppress(ConnectionError):
            await (await self._begun()).finish(reason, usage=USAGE)
        self.is_over.set()

    async def break_off(self) -> None:
        with suppress(ConnectionError):
            await self._begun()
        self.is_over.set()

    async def refuse(self) -> None:
        with suppress(ConnectionError):
            await self._exchange.respond(503, b'{"error": {"message": "no", "type": "test"}}')
        self.is_over.set()

    async def _begun(self) -> Exchange:
        if not self._has_begun:
            self._has_begun = True
            await self._exchange.start()
        return self._exchange


class ScriptedRequests:
    """The script of one question: hands each request to the test, until `end`. See `Requests`."""

    def __init__(self) -> None:
        self._replies: asyncio.Queue[WrittenReply] = asyncio.Queue()
        self._open: set[WrittenReply] = set()
        self._has_ended = False

    async def __call__(self, exchange: Exchange) -> None:
        reply = WrittenReply(exchange)
        if self._has_ended:
            return await reply.finish()
        self._open.add(reply)
        self._replies.put_nowait(reply)
        await reply.is_over.wait()
        self._open.discard(reply)

    async def end(self) -> None:
        """Finish the replies that the test has left open, and each later one at once."""
        self._has_ended = True
        for reply in [*self._open]:
            await reply.finish()

    async def next(self) -> Reply:
        return await asyncio.wait_for(self._replies.get(), PATIENCE)


class ScriptedModel:
    """See `ModelControl`."""

    def __init__(self, server: ModelServer) -> None:
        self._server = server
        self._led: list[ScriptedRequests] = []

    def lead(self, question: str) -> ScriptedRequests:
        self._led.append(requests := ScriptedRequests())
        self._server.on(question, requests)
        return requests

    async def end_replies(self) -> None:
        """Let every turn end: a turn whose reply never ends loses each worker that a later check kills.

        After two losses it runs in a process of its own, whose imports take two seconds of CPU time.
        """
        while self._led:
            await self._led.pop().end()


class OwnOperator:
    """One worker and one API, whose store can be killed and started again on its files. See `Operator`."""

    max_streams = MAX_STREAMS
    continuing_model = "continuing"
    tool_model = "tooled"
    free_tool = "lab__count"
    asked_tool = "lab__look"

    def __init__(self, stack: Stack, store: Redis, server: Valkey, tools: ScriptedServer) -> None:
        self._stack = stack
        self._tools = tools
        self._store = store
        self._server = server
        self._worker, self._api = stack.processes

    async def tool_runs(self) -> int:
        """The tools write into a file."""
        return len(self._tools.lines())

    async def restart_api(self) -> None:
        self._api.terminate()
        await asyncio.wait_for(self._api.wait(), PATIENCE)
        self._api = await self._start("api", PORT=str(urlsplit(self._stack.url).port))
        await ready(self._stack.url, self._stack.log)

    async def kill_worker(self) -> None:
        self._worker.kill()
        await self._worker.wait()

    async def start_worker(self) -> None:
        self._worker = await self._start("worker")

    async def end_lease(self, turn_id: str) -> None:
        """By hand: a lease that is short enough to wait for is lost on a busy machine, too."""
        await self._store.zadd(keys.QUEUE, {turn_id: 1}, xx=True)
        await self._store.delete(keys.in_progress(turn_id))

    @asynccontextmanager
    async def without_worker(self) -> AsyncIterator[None]:
        self._worker.send_signal(SIGSTOP)
        try:
            yield
        finally:
            self._worker.send_signal(SIGCONT)

    @asynccontextmanager
    async def outage(self) -> AsyncIterator[None]:
        await self._store.set("written", "before the outage")
        await self._store.waitaof(1, 0, 0)  # else the kill would lose the writes of the last second
        await self._server.kill()
        try:
            yield
            await asyncio.sleep(OUTAGE_SECONDS)  # the outage itself
        finally:
            await self._server.start()

    async def offer_tools(self, session_id: str, question: str) -> str:
        return await ask(self._store, self._store, session_id, request_of(question))

    async def expire(self, turn_id: str) -> None:
        await self._store.delete(keys.turn(turn_id), keys.log(turn_id))

    async def _start(self, module: str, **settings: str) -> Process:
        process = await start(module, {**self._stack.environment, **settings}, self._stack.log)
        self._stack.processes.append(process)
        return process


PROVIDERS = f'''
[[providers]]
name = "plain"
base_url = "{{url}}"
models = [{{id = "scripted"}}, {{id = "other"}}]
[[providers]]
name = "going on"
base_url = "{{url}}"
continue = "prefix"
dialect = "vllm"
models = [{{id = "{OwnOperator.continuing_model}"}}]
[[providers]]
name = "with tools"
base_url = "{{url}}"
models = [{{id = "{OwnOperator.tool_model}", can = ["tools"]}}]
'''

SERVERS = """
[servers.lab]
title = "Lab"
{table}
approval = {{ count = "always", look = "ask" }}
"""


@asynccontextmanager
async def own_stack(folder: Path) -> AsyncIterator[tuple[Stack, Server]]:
    """A stack with guests, on a Valkey of its own, and the server that the suite tests."""
    (files := folder / "valkey").mkdir()
    database = Valkey(files)
    await database.start()
    url = valkey.url(database.port)
    async with AsyncExitStack() as resources:
        resources.callback(database.stop)
        store = await resources.enter_async_context(client_of(url))
        # One process for all workers, of which checks kill several.
        tools = await resources.enter_async_context(scripted(folder, "http"))
        file = folder / "servers.toml"
        file.write_text(SERVERS.format(table=tools.table), "utf-8")
        limit = str(MAX_STREAMS)
        stack = await resources.enter_async_context(
            run_stack(
                url, folder, providers=PROVIDERS, auth_mode="guest", max_streams_per_user=limit, mcp_file=str(file)
            )
        )
        model, operator = ScriptedModel(stack.model), OwnOperator(stack, store, database, tools)
        async with opened(stack.url, model=model, operator=operator, silence_seconds=PATIENCE) as server:
            yield stack, server
