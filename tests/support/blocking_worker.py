"""`python -m tests.support.blocking_worker`: runs a worker whose event loop a signal blocks."""

import sys

from tests.support import blocking
from worker.__main__ import main

if __name__ == "__main__":
    blocking.at_signals()
    sys.exit(main())
