"""`python -m launcher`, the program of `make run`: runs all parts of Holdfast on this machine until Ctrl-C."""

import asyncio
import os
import sys
from pathlib import Path

from chat import unknown_settings
from launcher import environment, ports
from launcher.console import Problem, say, utf8
from launcher.folder import Folder, unwritable
from launcher.launcher import Launcher

HOME = Path(".holdfast")
OWNER_ONLY = 0o077
"""The umask of the launcher and its children, because the files of Valkey and the logs contain conversations."""


def main() -> int:
    """Runs Holdfast until it is stopped. Returns the exit code; an expected failure prints a sentence, no traceback."""
    utf8()
    os.umask(OWNER_ONLY)
    try:
        settings = environment.read()
        for sentence in unknown_settings.sentences(settings):
            say(sentence)
        folder = Folder(HOME)
        with folder.lock(ports.address(settings.host, settings.port)) as lock_file:
            ports.check(settings.host, settings.port)
            asyncio.run(Launcher(settings, folder, os.environ).run(lock_file))
    except Problem as problem:
        say(str(problem))
        return 1
    except OSError as error:
        say(str(unwritable(Path(error.filename or HOME), error)))
        return 1
    except KeyboardInterrupt:
        say("")
    return 0


if __name__ == "__main__":
    sys.exit(main())
