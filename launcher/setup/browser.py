"""Finds the browser for the browser tests, or installs one as root on Debian."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

from launcher.console import Problem

from .steps import note, stamp, step, succeeds

SHELL = "chromium-headless-shell"
"""Debian's Chromium without windows. It needs about half of the CPU time for the same tests."""

NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
MISSING = (
    "The browser tests need Chromium or Chrome, and none was found: install one "
    "(Debian: `sudo apt install chromium-headless-shell`; macOS: `brew install --cask google-chrome`), "
    "or name one with CHROMIUM=/path/to/chrome, then run make test again."
)


def path() -> str:
    """Returns the path of a browser; as root on Debian installs the lightest one. Raises `Problem` without any."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        if not succeeds(chosen, "--version"):
            raise Problem(f"CHROMIUM={chosen} does not run: give the path of Chromium or Chrome.")
        return chosen
    found = find()
    if os.geteuid() == 0 and shutil.which("apt-get"):
        found = lighter(found) if found else install(SHELL if on_debian() else "chromium")
    if not found:
        raise Problem(MISSING)
    return found


def lighter(found: str) -> str:
    """Returns the path of Debian's headless shell, which it installs if it can; else the browser that was found."""
    if Path(found).name == SHELL or not on_debian() or stamp(SHELL):
        return found
    try:
        return install(SHELL) or found
    except Problem:
        note(SHELL, "could not be installed")  # or each run would try again
        return found


def find() -> str | None:
    """Returns the first browser on this machine that starts, because the stub of a snap may not."""
    return next((program for program in candidates() if succeeds(program, "--version")), None)


def candidates() -> Iterator[str]:
    """Yields the paths of installed browsers."""
    for name in NAMES:
        program = shutil.which(name)
        if program:
            yield program
    yield from (program for program in APPLICATIONS if os.path.exists(program))


def on_debian() -> bool:
    """Whether this is Debian itself, whose packages have the headless shell."""
    try:
        return platform.freedesktop_os_release().get("ID") == "debian"
    except OSError:
        return False


def install(package: str) -> str | None:
    """Installs a browser of the distribution. Returns its path. Raises `Problem` if that fails."""
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "--no-install-recommends", package, "fonts-liberation"]
    try:
        step("Installing Chromium for the browser tests", ["apt-get", "update"], install, env=env)
    except Problem as problem:
        raise Problem(f"{problem}\n{MISSING}") from None
    return find()
