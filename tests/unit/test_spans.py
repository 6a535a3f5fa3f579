"""Without a collector spans are OpenTelemetry's no-op spans: usable everywhere, recorded nowhere."""

import pytest
from structlog.contextvars import get_contextvars

from chat.settings import Settings
from chat.telemetry.traces import Traces, dotted, open_traces

CALLER = f"00-{'a' * 32}-{'b' * 16}-01"


@pytest.fixture
def traces() -> Traces:
    return open_traces(Settings(_env_file=None), "test")


def test_a_span_without_a_collector_ignores_the_caller(traces: Traces) -> None:
    """Otherwise turns would keep, and logs would show, the ids of a trace to which nothing is added."""
    with traces.span("outer", CALLER, "server", CALLER, holdfast__turn_id="t") as span:
        assert span.context == ""
        assert "trace_id" not in get_contextvars()
        span.event("first token")
        span.note(holdfast__attempt=1)
        span.fail("code")
    traces.past("wait in queue", CALLER, 1.0, 2.0)
    traces.close()


def test_an_error_passes_through_a_span(traces: Traces) -> None:
    with pytest.raises(ZeroDivisionError), traces.span("failing"):
        raise ZeroDivisionError


def test_attribute_names_get_their_dots() -> None:
    assert dotted({"gen_ai__request__model": "m", "plain": 1}) == {"gen_ai.request.model": "m", "plain": 1}
