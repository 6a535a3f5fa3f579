"""`python -m tests.support.isolated_worker`: runs the process of a single turn with a named pipe as standard input.

`ORDERS` is the path of the pipe. A signal blocks its event loop, as in `tests.support.blocking_worker`.
"""

import os
import sys

from tests.support import blocking
from worker.__main__ import main
from worker.isolated import STDIN
from worker.jobs.isolation import ARGUMENT

ORDERS = "ORDERS"
"""The environment variable with the path of the pipe."""

if __name__ == "__main__":
    os.dup2(os.open(os.environ[ORDERS], os.O_RDONLY), STDIN)
    sys.argv.append(ARGUMENT)
    blocking.at_signals()
    sys.exit(main())
