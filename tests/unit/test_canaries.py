"""Fails when a library renames, or stops using, what the code overrides or reads of its private parts.

ARCHITECTURE.md lists these names, each with its reason. Those that need a server are in tests/integration.
"""

import asyncio
import inspect
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from aiohttp import ClientPayloadError, StreamReader
from aiohttp.client_proto import ResponseHandler
from arq.connections import ArqRedis
from arq.worker import Worker, func
from redis._parsers.hiredis import _AsyncHiredisParser
from redis.asyncio import Connection, ConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from sse_starlette import EventSourceResponse

from api.__main__ import Server
from api.streaming.event_stream import EventStream
from chat.settings import Settings
from chat.store import pool
from chat.store.client import Client, LeanPipeline
from chat.store.clients import Retries
from chat.store.cluster import Cluster, ClusterPipeline
from chat.store.connections import BufferedParser, PrimaryConnection, ResolvedConnection, _Fast
from chat.store.pools import Pool
from tests.support.waiting import PATIENCE
from worker.jobs.lease import LeasedWorker
from worker.llm.body import PIECE_BYTES, _next_piece

OVERRIDES: list[tuple[type, type, set[str]]] = [
    (Server, uvicorn.Server, {"handle_exit", "startup", "shutdown"}),
    (EventStream, EventSourceResponse, {"_stream_response", "_listen_for_exit_signal_with_grace"}),
    (BufferedParser, _AsyncHiredisParser, {"can_read_destructive"}),
    (
        _Fast,
        AbstractConnection,
        {"connect", "send_packed_command", "read_response", "pack_command", "pack_commands"},
    ),
    (ResolvedConnection, Connection, {"_connect"}),
    (PrimaryConnection, Connection, {"on_connect", "read_response"}),
    (LeanPipeline, Pipeline, {"_execute_pipeline"}),
    (Client, Redis, {"pipeline"}),
    (Cluster, Redis, {"execute_command", "pipeline", "aclose"}),
    (ClusterPipeline, Pipeline, {"execute"}),
    (Retries, Retry, {"call_with_retry"}),
    (Pool, ConnectionPool, {"get_connection", "release"}),
    (
        LeasedWorker,
        Worker,
        {
            "main",
            "_poll_iteration",
            "start_jobs",
            "heart_beat",
            "finish_job",
            "finish_failed_job",
            "handle_sig",
            "handle_sig_wait_for_completion",
        },
    ),
]


@pytest.mark.parametrize(("ours", "theirs", "names"), OVERRIDES, ids=[ours.__name__ for ours, _, _ in OVERRIDES])
def test_a_class_overrides_exactly_the_named_methods(ours: type, theirs: type, names: set[str]) -> None:
    """Fails, too, when the library begins to use a name that our class has for something else."""
    own = {name for name, value in vars(ours).items() if inspect.isfunction(value) and not name.startswith("__")}
    assert {name for name in own if hasattr(theirs, name)} == names


# aiohttp's reader, which worker/llm/body.py reads without its coroutines


class Waiter:
    """Records what the reader calls on the future that waits for data."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def done(self) -> bool:
        return False

    def set_result(self, _: None) -> None:
        self.calls.append("result")

    def set_exception(self, _: BaseException) -> None:
        self.calls.append("exception")


def reader_of(*pieces: bytes) -> StreamReader:
    reader = StreamReader(ResponseHandler(asyncio.get_running_loop()), 65_536, loop=asyncio.get_running_loop())
    reader.begin_http_chunk_receiving()
    for piece in pieces:
        reader.feed_data(piece)
        reader.end_http_chunk_receiving()
    return reader


def state_of(reader: StreamReader) -> tuple[list[bytes], int, int, int]:
    return list(reader._buffer), reader._buffer_offset, reader._size, reader._cursor


@pytest.mark.parametrize("pieces", [(b"one",), (b"one", b"two"), (b"x" * (PIECE_BYTES + 1),)])
async def test_a_piece_leaves_the_reader_as_aiohttps_own_read(pieces: tuple[bytes, ...]) -> None:
    ours, theirs = reader_of(*pieces), reader_of(*pieces)
    assert state_of(ours) == (list(pieces), 0, sum(map(len, pieces)), 0)
    assert _next_piece(ours) == theirs._read_nowait(PIECE_BYTES)
    assert state_of(ours) == state_of(theirs)


async def test_chunk_boundaries_do_not_pile_up_in_the_reader() -> None:
    reader = reader_of(b"one")
    assert list(reader._http_chunk_splits or ()) == [3]
    _next_piece(reader)
    assert list(reader._http_chunk_splits or ()) == []


async def test_a_reader_that_was_paused_goes_on_after_a_piece() -> None:
    handler = ResponseHandler(asyncio.get_running_loop())
    handler.set_response_params(read_bufsize=4)
    handler.data_received(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n123456789\r\n")
    _, reader = await handler.read()
    assert reader._protocol._reading_paused
    assert _next_piece(reader) == b"123456789"
    assert not reader._protocol._reading_paused


@pytest.mark.parametrize("call", ["data", "end of a chunk", "end", "error"])
async def test_the_reader_calls_what_waits_for_data_once(call: str) -> None:
    reader, waiter, error = reader_of(), Waiter(), ClientPayloadError()
    if call == "end of a chunk":
        reader.feed_data(b"one")
    reader._waiter = waiter  # type: ignore[assignment]  # as `Body` does
    match call:
        case "data":
            reader.feed_data(b"one")
        case "end of a chunk":
            reader.end_http_chunk_receiving()
        case "end":
            reader.feed_eof()
        case "error":
            reader.set_exception(error)
    assert waiter.calls == ["exception" if call == "error" else "result"]
    assert reader._waiter is None
    assert reader._exception is (error if call == "error" else None)


# arq's worker, of which worker/jobs/lease.py replaces how jobs are claimed, kept and finished


async def work(ctx: dict[Any, Any]) -> None:
    pass


def worker_of(kind: type[LeasedWorker] = LeasedWorker, **more: Any) -> LeasedWorker:
    redis = ArqRedis(pool("redis://127.0.0.1:1/0", text=False))  # connects with its first command
    return kind(redis, "name", Settings(_env_file=None), functions=[func(work, name="work")], **more)


def test_each_override_of_arqs_worker_has_its_parameters() -> None:
    names = next(names for ours, _, names in OVERRIDES if ours is LeasedWorker)
    for name in names:
        expected = list(inspect.signature(getattr(Worker, name)).parameters)
        assert list(inspect.signature(getattr(LeasedWorker, name)).parameters) == expected, name


def test_arqs_worker_calls_the_overrides() -> None:
    main = inspect.getsource(Worker.main)
    for line in ("self.ctx['redis'] = self.pool", "async for _ in poll(self.poll_delay_s):", "self._poll_iteration()"):
        assert line in main, "LeasedWorker.main has the same lines"
    assert list(inspect.signature(Worker.run_job).parameters) == ["self", "job_id", "score"]
    run_job = inspect.getsource(Worker.run_job)
    assert "self.finish_job(" in run_job
    assert "self.finish_failed_job(" in run_job
    assert "self.main_task = self.loop.create_task(self.main())" in inspect.getsource(Worker.async_run)


async def test_a_slot_of_arqs_worker_is_released_as_it_was_taken() -> None:
    worker = worker_of(handle_signals=False, max_jobs=1, job_completion_wait=7)
    assert (worker._job_completion_wait, worker.job_counter, worker.tasks) == (7, 0, {})
    await worker.sem.acquire()
    worker.job_counter += 1
    worker._release_sem_dec_counter_on_complete()
    assert worker.job_counter == 0
    with pytest.raises(ValueError, match="released too many times"):
        worker.sem.release()


class Signalled(LeasedWorker):
    """Records its signals instead of draining."""

    signals: "asyncio.Queue[signal.Signals]"

    def handle_sig_wait_for_completion(self, signum: signal.Signals) -> None:
        self.signals.put_nowait(signum)


@pytest.fixture
async def kept_handlers() -> AsyncIterator[None]:
    """Puts the signal handlers back; until then a signal that reaches no handler does nothing."""
    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.signal(kind, lambda *_: None) for kind in kinds}
    yield
    for kind in kinds:
        asyncio.get_running_loop().remove_signal_handler(kind)
        signal.signal(kind, before[kind] or signal.SIG_DFL)


@pytest.mark.usefixtures("kept_handlers")
@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
async def test_arqs_worker_drains_by_the_override_at_a_signal(kind: signal.Signals) -> None:
    worker = worker_of(Signalled, handle_signals=True, job_completion_wait=1)
    assert isinstance(worker, Signalled)
    worker.signals = asyncio.Queue()
    signal.raise_signal(kind)
    assert await asyncio.wait_for(worker.signals.get(), PATIENCE) == kind
