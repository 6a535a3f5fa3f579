"""Traces each turn across all processes. Without a collector, spans and traces do nothing."""

from types import TracebackType
from typing import Literal, Self

from chat.settings import Settings

Kind = Literal["internal", "server", "client", "consumer"]
Attribute = str | int | float | tuple[str, ...]


class Span:
    """A span that is not recorded; `otel.RecordedSpan` is. Use it in a `with` statement."""

    context = ""
    """The span's W3C `traceparent`, for its children; "" = no parent."""

    def event(self, name: str) -> None:
        """Adds an event at the current time."""

    def note(self, **attributes: Attribute) -> None:
        """Sets attributes; `__` in a name stands for a dot. Never pass message text."""

    def fail(self, code: str) -> None:
        """Marks the span as failed."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """Ends the span."""


NO_SPAN = Span()


class Traces:
    """Makes spans that are not recorded; `otel.RecordedTraces` makes recorded ones."""

    def span(
        self, name: str, parent: str = "", kind: Kind = "internal", link: str = "", **attributes: Attribute
    ) -> Span:
        """Starts a span. `parent` and `link` are traceparents; `link` names a related span of another trace."""
        return NO_SPAN

    def past(self, name: str, parent: str, began: float, ended: float) -> None:
        """Records a span that has ended; times in seconds since the epoch."""

    def close(self) -> None:
        """Sends the remaining spans. May take some seconds."""


def open_traces(settings: Settings, service: str) -> Traces:
    """Returns recorded traces if a collector is configured. `OTEL_SERVICE_NAME` overrides `service`."""
    if not settings.otel_exporter_otlp_endpoint:
        return Traces()
    from chat.telemetry.otel import RecordedTraces

    return RecordedTraces(settings.otel_exporter_otlp_endpoint, service)
