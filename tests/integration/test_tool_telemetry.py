"""A call leaves a span, metrics and a log line, without arguments or results."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import prometheus_client
import pytest
from aiohttp import web
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from chat.asks import NOTHING_ASKED
from chat.events import Event
from chat.telemetry.traces import Traces
from chat.tool_calls import ServerCall
from tests.support.raw_tool_server import TOOL, Message, RawServer, raw_server, text
from tests.support.tool_servers import Tools, settings_of
from worker.tools.calls import CallContext
from worker.tools.decisions import Run
from worker.tools.result_room import ResultRoom
from worker.tools.runs import Runs
from worker.tools.toolbox import Toolbox

SECRET = "sw0rdfish"


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with raw_server() as running:
        yield running


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def tools(server: RawServer, spans: InMemorySpanExporter, tmp_path: Path) -> AsyncIterator[Tools]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    settings = settings_of(tmp_path, f'[servers.telemetry]\nurl = "{server.url}"')
    async with Toolbox(settings, Traces(provider)) as toolbox:
        yield Tools(toolbox)


def sample(name: str, **labels: str) -> float:
    return prometheus_client.REGISTRY.get_sample_value(name, {"server": "telemetry", **labels}) or 0


async def call(tools: Tools) -> None:
    tool = tools.tool("t", "telemetry")
    await tools.toolbox.call(tool, {"password": SECRET}, CallContext("k", call_id="call-7"))


async def test_a_call_has_a_span_that_the_server_can_continue(
    server: RawServer, tools: Tools, spans: InMemorySpanExporter
) -> None:
    await call(tools)
    (span,) = spans.get_finished_spans()
    assert span.name == "execute_tool t"
    assert attributes(span) == {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "t",
        "gen_ai.tool.type": "extension",
        "gen_ai.tool.call.id": "call-7",
        "mcp.method.name": "tools/call",
        "holdfast.tool.server": "telemetry",
    }
    sent = next(message for message in server.seen if message["method"] == "tools/call")
    context = span.get_span_context()
    assert context
    assert f"{context.trace_id:032x}-{context.span_id:016x}" in sent["params"]["_meta"]["traceparent"]


async def test_the_span_of_a_call_belongs_to_its_attempt(tools: Tools, spans: InMemorySpanExporter) -> None:
    class Sink:
        def add(self, item: Event, /) -> None:
            """Ignores it."""

        async def settled(self) -> None:
            """Is settled."""

    async def unused(*_: object) -> Any:
        raise AssertionError

    trace = f"00-{'a' * 32}-{'b' * 16}-01"
    runs = Runs(tools.toolbox, "turn", NOTHING_ASKED, unused, unused, unused, ResultRoom(1000), trace)
    made = ServerCall(id="c", name="t", arguments="{}", server="telemetry")
    await runs.run(0, made, Run(tools.tool("t", "telemetry"), {}), Sink())
    (span,) = spans.get_finished_spans()
    assert span.parent
    assert f"{span.parent.trace_id:032x}-{span.parent.span_id:016x}" in trace


async def test_a_failed_call_has_a_failed_span_and_is_counted(
    server: RawServer, tools: Tools, spans: InMemorySpanExporter
) -> None:
    async def broken(request: web.Request, message: Message) -> web.StreamResponse:
        return web.Response(status=500, text=SECRET)

    server.answers["tools/call"] = broken
    before = sample("holdfast_tool_failures_total", code="tool_server_down")
    await call(tools)
    (span,) = spans.get_finished_spans()
    assert attributes(span)["error.type"] == "tool_server_down"
    assert sample("holdfast_tool_failures_total", code="tool_server_down") == before + 1


async def test_calls_are_counted_and_timed_by_tool(tools: Tools) -> None:
    before = sample("holdfast_tool_calls_total", tool="t", status="ok")
    await asyncio.gather(*(call(tools) for _ in range(20)))
    assert sample("holdfast_tool_calls_total", tool="t", status="ok") == before + 20
    assert sample("holdfast_tool_seconds_count", tool="t") >= 20
    assert sample("holdfast_tool_server_up") == 1


async def test_logs_and_metrics_have_no_arguments_or_results(server: RawServer, tools: Tools) -> None:
    async def tell(request: web.Request, message: Message) -> web.StreamResponse:
        return web.json_response(text(message, SECRET))

    server.answers["tools/call"] = tell
    with capture_logs() as logs:
        await call(tools)
    (line,) = logs
    assert {"event": "tool_called", "server": "telemetry", "tool": "t", "status": "ok"}.items() <= line.items()
    assert SECRET not in json.dumps(logs)
    assert SECRET not in prometheus_client.generate_latest().decode()


async def test_a_server_that_changes_its_tools_has_few_labels(
    server: RawServer, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.tools.measures.TOOLS", 0)
    monkeypatch.setattr("worker.tools.measures._labels", {})
    before = sample("holdfast_tool_calls_total", tool="other", status="ok")
    await call(tools)
    assert sample("holdfast_tool_calls_total", tool="other", status="ok") == before + 1
    assert server.tools == [TOOL]


def attributes(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})
