"""`python -m tests.support.blocking_api`: runs an API whose event loop a signal blocks."""

import sys

from api.__main__ import main
from tests.support import blocking

if __name__ == "__main__":
    blocking.at_signals()
    sys.exit(main())
