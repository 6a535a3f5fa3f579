"""`python -m worker` runs a worker process. With the argument `isolated` it runs a single turn."""

import sys

import uvloop

from chat import configuration, unknown_settings
from chat.store.start_check import refusal
from chat.telemetry import logs
from worker import isolated
from worker.jobs.isolation import ARGUMENT
from worker.main import run
from worker.metrics import PortTaken

INTERRUPTED = 130
"""The exit code of a process that Ctrl-C ended, as shells have it."""


def main() -> int:
    """Checks the settings and Redis, then runs the worker. Returns the exit code."""
    if sys.argv[-1] == ARGUMENT:
        return isolated.main()
    try:
        return work()
    except KeyboardInterrupt:  # during the start; later it drains
        return INTERRUPTED


def work() -> int:
    """As `main`. Returns 2 for invalid settings, or a store that refuses or evicts."""
    try:
        settings = configuration.load()
        configuration.require_model_server(settings)
        configuration.require_keys(settings)
    except configuration.Unusable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if why := refusal(settings):
        sys.stderr.write(why)
        return 2
    logs.configure(settings, "worker")
    unknown_settings.log(settings)
    try:
        return uvloop.run(run(settings, (sys.executable, *sys.orig_argv[1:])))
    except PortTaken as error:
        sys.stderr.write(f"METRICS_PORT cannot be used ({error}). Choose another port, or 0 for no metrics.\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
