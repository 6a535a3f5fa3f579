"""The HTTP API: routes, authentication and event streams. Enqueues turns; never calls a model."""
