"""Telemetry of every process: structured logs, tracebacks without values, and traces."""
