"""One trace for each turn, over all processes that take part. Off, and nothing, unless a collector is named."""

from types import TracebackType
from typing import Literal, Self

from chat.settings import Settings

Kind = Literal["internal", "server", "client", "consumer"]
Attribute = str | int | float | tuple[str, ...]


class Span:
    """A span that is not recorded. Use it inside `with`; those that are recorded are `otel.RecordedSpan`."""

    context = ""
    """What makes another span its child, as W3C's `traceparent`; "" is no parent."""

    def event(self, name: str) -> None:
        """Something has happened now."""

    def note(self, **attributes: Attribute) -> None:
        """Attributes, whose `__` stand for dots. Never words of a message."""

    def fail(self, code: str) -> None:
        """It has not come to what it should."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """It is over."""


NO_SPAN = Span()


class Traces:
    """The way to make spans."""

    def span(
        self, name: str, parent: str = "", kind: Kind = "internal", link: str = "", **attributes: Attribute
    ) -> Span:
        """One that begins now; `link` is another trace that it has to do with."""
        return NO_SPAN

    def past(self, name: str, parent: str, began: float, ended: float) -> None:
        """One that is over; times in seconds since the epoch."""

    def close(self) -> None:
        """Send what is left. May take some seconds."""


def open_traces(settings: Settings, service: str) -> Traces:
    """`service` names the process unless the environment does (`OTEL_SERVICE_NAME`)."""
    if not settings.otel_exporter_otlp_endpoint:
        return Traces()
    from chat.telemetry.otel import RecordedTraces

    return RecordedTraces(settings.otel_exporter_otlp_endpoint, service)
