"""What the process says of itself: readiness and metrics."""
