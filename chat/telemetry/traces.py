"""Traces each turn across all processes with OpenTelemetry. Without a collector its no-op tracer makes the spans."""

from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self

from opentelemetry.context import Context
from opentelemetry.trace import Link, NoOpTracer, SpanKind, Status, StatusCode, get_current_span
from opentelemetry.trace import Span as OtelSpan
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from structlog.contextvars import bind_contextvars

from chat.errors import HoldfastError
from chat.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

Kind = Literal["internal", "server", "client", "consumer"]
Attribute = str | int | float | tuple[str, ...]

KINDS = {kind.name.lower(): kind for kind in SpanKind}


class Span:
    """A span for a `with` statement. Records an exception's type only: its message may contain user text."""

    __slots__ = ("_span", "context")

    def __init__(self, span: OtelSpan) -> None:
        self._span = span
        ids = span.get_span_context()
        self.context = f"00-{ids.trace_id:032x}-{ids.span_id:016x}-{ids.trace_flags:02x}" if ids.is_valid else ""
        """The span's W3C `traceparent`, for its children; "" = no parent, because nothing is recorded."""

    def event(self, name: str) -> None:
        """Adds an event at the current time."""
        self._span.add_event(name)

    def note(self, **attributes: Attribute) -> None:
        """Sets attributes; `__` in a name stands for a dot. Never pass message text."""
        self._span.set_attributes(dotted(attributes))

    def fail(self, code: str) -> None:
        """Marks the span as failed."""
        self._span.set_status(Status(StatusCode.ERROR, code))
        self.note(error__type=code)

    def __enter__(self) -> Self:
        """Adds the trace id to this task's log lines from now on."""
        if self.context:
            bind_contextvars(trace_id=self.context.split("-")[1])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None, /
    ) -> None:
        """Ends the span."""
        if isinstance(error, HoldfastError) and error.status < 500:
            self.note(error__type=error.code)  # the caller's fault, so the span has not failed
        elif isinstance(error, Exception):
            self.fail(getattr(error, "code", type(error).__name__))
        self._span.end()


class Traces:
    """Makes spans, which `provider` records. Without one nothing is recorded, and callers' traces are not followed."""

    def __init__(self, provider: "TracerProvider | None" = None) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("holdfast") if provider else NoOpTracer()
        self._propagator = TraceContextTextMapPropagator()

    def span(
        self, name: str, parent: str = "", kind: Kind = "internal", link: str = "", **attributes: Attribute
    ) -> Span:
        """Starts a span. `parent` and `link` are traceparents; `link` names a related span of another trace."""
        linked = get_current_span(self._context_of(link)).get_span_context()
        return Span(
            self._tracer.start_span(
                name,
                self._context_of(parent),
                KINDS[kind],
                dotted(attributes),
                links=[Link(linked)] if linked.is_valid else (),
            )
        )

    def past(self, name: str, parent: str, began: float, ended: float) -> None:
        """Records a span that has ended; times in seconds since the epoch."""
        span = self._tracer.start_span(name, self._context_of(parent), SpanKind.CONSUMER, start_time=int(began * 1e9))
        span.end(int(ended * 1e9))

    def close(self) -> None:
        """Sends the remaining spans. May take some seconds."""
        if self._provider:
            self._provider.shutdown()

    def _context_of(self, traceparent: str) -> Context:
        """Parses a traceparent; an invalid or empty one starts a new trace."""
        return self._propagator.extract({"traceparent": traceparent}, Context()) if self._provider else Context()


def dotted(attributes: dict[str, Attribute]) -> dict[str, Attribute]:
    """Replaces `__` in names by the dots of OpenTelemetry: `gen_ai.request.model`."""
    return {name.replace("__", "."): value for name, value in attributes.items()}


def open_traces(settings: Settings, service: str) -> Traces:
    """Returns recorded traces if a collector is configured. `OTEL_SERVICE_NAME` overrides `service`."""
    if not settings.otel_exporter_otlp_endpoint:
        return Traces()
    from chat.telemetry.otel import provider_of

    return Traces(provider_of(settings.otel_exporter_otlp_endpoint, service))
