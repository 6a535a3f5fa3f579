"""Runs a tool server as a process of this machine, and exchanges lines with it. No line is read beyond its bound.

The transport of the MCP package keeps what it reads of a line without a bound.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from chat.tools.servers import ToolServer
from worker.tools.stderr_log import StderrLog
from worker.tools.value_count import VALUES, ValueCount

END_SECONDS = 1.0
"""How long a server may take to end after its input has ended, and again after SIGTERM."""

Incoming = MemoryObjectSendStream[SessionMessage | Exception]
Streams = tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]


class LineTooLong(Exception):
    """Raised for a line that exceeds its bounds."""


class OnEnd(Protocol):
    """Is called when nothing more is read of a server."""

    def __call__(self, *, is_too_large: bool) -> None: ...


@asynccontextmanager
async def running(server: ToolServer, limit: int, on_end: OnEnd, log: StderrLog) -> AsyncIterator[Streams]:
    """Starts the server and yields the streams of its messages; the first one ends with the server.

    `limit`: bytes of a line; beyond it nothing more is read. `log`: gets its standard error. Raises `OSError` where the
    program cannot be started.
    """
    process = await asyncio.create_subprocess_exec(
        *server.command,
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env=get_default_environment() | {name: value.get_secret_value() for name, value in server.env.items()},
        limit=limit,
        start_new_session=True,
    )
    assert process.stderr
    logging = asyncio.create_task(log.read(process.stderr))
    is_stuck = asyncio.Event()
    incoming, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    to_send, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_read, process, incoming, limit, on_end, is_stuck)
            tasks.start_soon(_write, process, outgoing)
            try:
                yield received, to_send
            finally:
                tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process, 0 if is_stuck.is_set() else END_SECONDS, logging)
        for stream in (incoming, received, to_send, outgoing):
            stream.close()


async def _read(process: Process, incoming: Incoming, limit: int, on_end: OnEnd, is_stuck: asyncio.Event) -> None:
    """Reads to the end. `is_stuck` is set where the server writes on, which nothing reads any more."""
    try:
        await _read_lines(process, incoming, limit)
    except LineTooLong:
        is_stuck.set()
    finally:
        on_end(is_too_large=is_stuck.is_set())
        incoming.close()


async def _read_lines(process: Process, incoming: Incoming, limit: int) -> None:
    """Passes on all messages; skips other output, up to the limit. Raises `LineTooLong`."""
    assert process.stdout
    skipped = 0
    with contextlib.suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, ConnectionError):
        while skipped <= limit:
            try:
                line = await process.stdout.readline()
            except ValueError:
                raise LineTooLong from None
            if not line:
                return
            values = ValueCount()
            values.add(line)
            if values.total > VALUES:
                raise LineTooLong
            try:
                message = jsonrpc_message_adapter.validate_json(line, by_name=False)
            except ValueError:
                skipped += len(line)
                continue
            await incoming.send(SessionMessage(message))


async def _write(process: Process, outgoing: MemoryObjectReceiveStream[SessionMessage]) -> None:
    assert process.stdin
    with outgoing, contextlib.suppress(OSError):  # its end is seen where it is read
        async for message in outgoing:
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            process.stdin.write(text.encode() + b"\n")
            await process.stdin.drain()


async def _end(process: Process, patience: float, logging: asyncio.Task[None]) -> None:
    """Ends the server and all that it started: by the end of its input, else by signals after so many seconds each.

    Waits until what it wrote to its standard error is logged, too.
    """
    if process.stdin:
        process.stdin.close()
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await process.wait()
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(END_SECONDS):
            await process.wait()
            await asyncio.wait({logging})
    logging.cancel()
    process._transport.close()  # type: ignore[attr-defined]  # else a child that has its pipes keeps it open
