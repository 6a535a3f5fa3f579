"""Sends spans to a collector. Imported only where traces are on, because OpenTelemetry's SDK is optional."""

import os

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

SEND_SECONDS = 3.0
"""Timeout of the collector. An unreachable collector delays the stop of a process by as much."""


def provider_of(endpoint: str, service: str) -> TracerProvider:
    """Returns a provider whose spans a background thread sends to the collector at `endpoint`."""
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: service}
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    seconds = None if os.environ.get("OTEL_EXPORTER_OTLP_TIMEOUT") else SEND_SECONDS
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=seconds)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider
