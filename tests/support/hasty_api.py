"""`python -m tests.support.hasty_api`: runs the API with timeouts and ping intervals of one second."""

import sys

import api.middleware.slow_bodies
import api.server.connections
import api.streaming.event_stream
from api.__main__ import main

api.server.connections.HEAD_SECONDS = 1
api.streaming.event_stream.SEND_SECONDS = 1
api.streaming.event_stream.PING_SECONDS = 1
api.middleware.slow_bodies.BODY_SECONDS = 1

if __name__ == "__main__":
    sys.exit(main())
