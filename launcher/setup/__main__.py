"""`python3 -m launcher.setup [run | dev | plots | audit | npm … | browser … | lock]`, called by the Makefile.

This module and `launcher.console` are read by whatever Python is found, so they keep to what 3.6 knows.
"""

import os
import shutil
import subprocess
import sys

from launcher.console import Problem, say, utf8

OLDEST = (3, 11)
EXTRA_GROUPS = {"run": (), "plots": ("dev", "plots"), "audit": ("dev", "audit")}
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def main(*arguments: str) -> int:
    """Do one command; its exit code. An expected failure is a sentence, never a traceback."""
    utf8()
    try:
        check_machine()
        return command(*arguments)
    except Problem as problem:
        say(f"{problem}")
    except OSError as error:
        where = error.filename or os.getcwd()
        say(f"{error.strerror}: {where}\nMake sure that this folder may be written and that the disk has room.")
    except KeyboardInterrupt:
        say("\nStopped. Running make again goes on where it stopped.")
        return 130
    return 1


def command(name: str = "run", *arguments: str) -> int:
    """Do what one word asks for; its exit code. `browser` gives way to the command after it."""
    # Late, because these modules may be newer than the Python that was called.
    from launcher.setup import audit, browser, locks, packages, page

    if name == "npm":
        return page.run(arguments)
    if name == "browser":
        os.environ["CHROMIUM"] = browser.path()
        os.execvp(arguments[0], arguments)
    packages.prepare(*EXTRA_GROUPS.get(name, ("dev",)))
    if name == "lock":
        locks.renew()
        return 0
    page.prepare()
    return audit.run() if name == "audit" else 0


def check_machine() -> None:
    """Raise `Problem` on Windows; go over to a newer Python where this one is too old."""
    if os.name == "nt":
        raise Problem("Holdfast runs on Linux and macOS. On Windows use WSL 2, or `docker compose up`.")
    if sys.version_info[:2] >= OLDEST:
        return
    newer = next((name for name in NEWER if shutil.which(name) and works(name)), None)
    if newer is None:
        found = ".".join(map(str, sys.version_info[:2]))
        raise Problem(
            f"Holdfast needs Python 3.11 or newer, and `python3` here is {found}: install a newer one, "
            "or name it, for example `make run PYTHON=/usr/local/bin/python3.13`."
        )
    os.execvp(newer, [newer, "-m", "launcher.setup", *sys.argv[1:]])


def works(python: str) -> bool:
    """Whether a Python starts: a version manager's stand-in may not."""
    return subprocess.call([python, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
