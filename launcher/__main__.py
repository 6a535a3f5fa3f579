"""`python -m launcher`, behind `make run`: everything that Holdfast needs, on this machine, until Ctrl-C."""

import asyncio
import os
import sys
from pathlib import Path

from launcher import environment, ports
from launcher.console import Problem, say, utf8
from launcher.folder import Folder
from launcher.launcher import Launcher

HOME = Path(".holdfast")
OWNER_ONLY = 0o077
"""The umask of all that runs here: what Valkey and the logs keep contains users' conversations."""


def main() -> int:
    """Run until stopped; the exit code. An expected failure is a sentence, never a traceback."""
    utf8()
    os.umask(OWNER_ONLY)
    try:
        settings = environment.read()
        folder = Folder(HOME)
        with folder.lock(ports.address(settings.host, settings.port)) as held:
            ports.check(settings.host, settings.port)
            asyncio.run(Launcher(settings, folder, os.environ).run(held))
    except Problem as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        say("")
    return 0


if __name__ == "__main__":
    sys.exit(main())
