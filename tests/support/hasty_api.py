"""`python -m tests.support.hasty_api`: the API, but with little patience for silence, and for who is slow."""

import sys

import api.connections
import api.event_stream
import api.slow_bodies
from api.__main__ import main

api.connections.HEAD_SECONDS = 1
api.event_stream.SEND_SECONDS = 1
api.event_stream.PING_SECONDS = 1
api.slow_bodies.BODY_SECONDS = 1

if __name__ == "__main__":
    sys.exit(main())
