"""`python -m tests.support.hasty_api`: the API, but with little patience for readers that take nothing."""

import sys

import api.routes.stream
from api.__main__ import main

api.routes.stream.SEND_SECONDS = 1

if __name__ == "__main__":
    sys.exit(main())
