"""`python -m tests.support.observed_api`: runs the API with global OpenTelemetry providers that print everything."""

import sys

from opentelemetry import _logs, metrics, trace
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import ConsoleLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

from api.__main__ import main

CONTROL = "observed_api_control"
"""The name of a span and a counter that are exported on purpose: they show that exports reach the log."""

EXPORT_MILLISECONDS = 50


def provide_globally() -> None:
    tracers, loggers = TracerProvider(), LoggerProvider()
    reader = PeriodicExportingMetricReader(ConsoleMetricExporter(), EXPORT_MILLISECONDS)
    tracers.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
    loggers.add_log_record_processor(SimpleLogRecordProcessor(ConsoleLogRecordExporter()))
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(MeterProvider([reader]))
    _logs.set_logger_provider(loggers)
    with trace.get_tracer(__name__).start_as_current_span(CONTROL):
        metrics.get_meter(__name__).create_counter(CONTROL).add(1)


if __name__ == "__main__":
    provide_globally()
    sys.exit(main())
