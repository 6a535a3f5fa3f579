"""`python3 -m launcher.setup [run | start | dev | plots | audit | types | manifests | shells | lock]`.

Or `browsers`, which installs Firefox and WebKit; or `npm …`, `browser …`, which run a command. The Makefile calls it.

This module and `launcher.console` must run on Python 3.6, because they run on the Python that the machine has.
"""

import os
import shutil
import subprocess
import sys

from launcher.console import Problem, say, utf8

OLDEST = (3, 11)
EXTRA_GROUPS = {"run": (), "start": (), "plots": ("dev", "plots"), "audit": ("dev", "audit")}
COMMANDS = tuple("run start dev plots audit types manifests shells browsers lock npm browser".split())
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")


def main(*arguments: str) -> int:
    """Runs one command. Returns its exit code; an expected failure prints a sentence, no traceback."""
    utf8()
    try:
        check_name(*arguments[:1])
        check_machine()
        return command(*arguments)
    except Problem as problem:
        say(f"{problem}")
    except OSError as error:
        where = error.filename or os.getcwd()
        say(f"{error.strerror}: {where}\nMake sure that this folder may be written and that the disk is not full.")
    except KeyboardInterrupt:
        say("\nStopped. Run make again to continue.")
        return 130
    return 1


def command(name: str = "run", *arguments: str) -> int:
    """Runs the command `name`. Returns its exit code. `browser` replaces this process by the command after it.

    `start` does what `run` does, but first checks what would keep Holdfast from starting afterwards.
    """
    # Imported here, because these modules need a newer Python than `check_machine` may find.
    from launcher.setup import address, browser, locks, other_browsers, packages, page, shells

    if name == "npm":
        return page.run(arguments)
    if name == "browser":
        os.environ["CHROMIUM"] = browser.path()
        os.execvp(arguments[0], arguments)
    before = {"start": address.check, "shells": shells.prepare, "browsers": other_browsers.prepare}
    if name in before:
        before[name]()
    packages.prepare(*EXTRA_GROUPS.get(name, ("dev",)))
    if name == "lock":
        locks.renew()
    elif name == "manifests":
        packages.prepare_apart()
    elif name == "types":
        page.install()  # without building the page, which may not compile before it has its new types
    else:
        page.prepare()
    return 0


def check_name(name: str = "run") -> None:
    """Raises `Problem` for an unknown command, before anything is installed or removed."""
    if name not in COMMANDS:
        raise Problem(f"unknown command {name}; there are {', '.join(COMMANDS)}")


def check_machine() -> None:
    """Raises `Problem` on Windows or without Python 3.11. Restarts on a newer Python if this one is too old."""
    if os.name == "nt":
        raise Problem("Holdfast runs on Linux and macOS. On Windows use WSL 2, or `docker compose up`.")
    if sys.version_info[:2] >= OLDEST:
        return
    newer = next((name for name in NEWER if shutil.which(name) and starts(name)), None)
    if newer is None:
        found = ".".join(map(str, sys.version_info[:2]))
        raise Problem(
            f"Holdfast needs Python 3.11 or newer, and `python3` here is {found}: install a newer one, "
            "or name it, for example `make run PYTHON=/usr/local/bin/python3.13`."
        )
    os.execvp(newer, [newer, "-m", "launcher.setup", *sys.argv[1:]])


def starts(python: str) -> bool:
    """Whether a Python starts. The stub of a version manager may not."""
    return subprocess.call([python, "-c", ""], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
