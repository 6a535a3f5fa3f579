"""Records spans with OpenTelemetry. Imported only where traces are on, because its packages are optional."""

import os
from types import TracebackType
from typing import Self

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Link, SpanKind, Status, StatusCode, get_current_span
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.contextvars import bind_contextvars

from chat.errors import HoldfastError
from chat.telemetry.traces import Attribute, Kind, Span, Traces

SEND_SECONDS = 3.0
"""Timeout of the collector. An unreachable collector delays the stop of a process by as much."""

KINDS = {kind.name.lower(): kind for kind in SpanKind}


class RecordedSpan(Span):
    """A span that is sent to the collector."""

    def __init__(self, span: OtelSpan) -> None:
        self._span = span
        ids = span.get_span_context()
        self.context = f"00-{ids.trace_id:032x}-{ids.span_id:016x}-{ids.trace_flags:02x}"

    def event(self, name: str) -> None:
        self._span.add_event(name)

    def note(self, **attributes: Attribute) -> None:
        self._span.set_attributes(dotted(attributes))

    def fail(self, code: str) -> None:
        self._span.set_status(Status(StatusCode.ERROR, code))
        self.note(error__type=code)

    def __enter__(self) -> Self:
        """Adds the trace id to this task's log lines from now on."""
        bind_contextvars(trace_id=self.context.split("-")[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None, /
    ) -> None:
        """Ends the span. Records the exception's type only, because its message may contain user text."""
        if isinstance(error, HoldfastError) and error.status < 500:
            self.note(error__type=error.code)  # the caller's fault, so the span has not failed
        elif isinstance(error, Exception):
            self.fail(getattr(error, "code", type(error).__name__))
        self._span.end()


class RecordedTraces(Traces):
    """Sends spans to a collector in a background thread."""

    def __init__(self, endpoint: str, service: str) -> None:
        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: service}
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        seconds = None if os.environ.get("OTEL_EXPORTER_OTLP_TIMEOUT") else SEND_SECONDS
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=seconds)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("holdfast")
        self._propagator = TraceContextTextMapPropagator()

    def span(
        self, name: str, parent: str = "", kind: Kind = "internal", link: str = "", **attributes: Attribute
    ) -> Span:
        linked = get_current_span(self._context_of(link)).get_span_context()
        return RecordedSpan(
            self._tracer.start_span(
                name,
                self._context_of(parent),
                KINDS[kind],
                dotted(attributes),
                links=[Link(linked)] if linked.is_valid else (),
            )
        )

    def past(self, name: str, parent: str, began: float, ended: float) -> None:
        span = self._tracer.start_span(name, self._context_of(parent), SpanKind.CONSUMER, start_time=int(began * 1e9))
        span.end(int(ended * 1e9))

    def close(self) -> None:
        self._provider.shutdown()

    def _context_of(self, traceparent: str) -> Context:
        """Parses a traceparent; an invalid or empty one starts a new trace."""
        return self._propagator.extract({"traceparent": traceparent}, Context())


def dotted(attributes: dict[str, Attribute]) -> dict[str, Attribute]:
    """Replaces `__` in names by the dots of OpenTelemetry: `gen_ai.request.model`."""
    return {name.replace("__", "."): value for name, value in attributes.items()}
