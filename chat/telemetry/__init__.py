"""What operators see of every process: structured logs, tracebacks without values, and traces."""
