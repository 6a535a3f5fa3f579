"""Finds the browser for the browser tests, or installs one as root on Debian."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

from launcher.console import Problem

from .steps import step, succeeds

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
MISSING = (
    "The browser tests need Chromium or Chrome, and none was found: install one "
    "(Debian: `sudo apt install chromium`; macOS: `brew install --cask google-chrome`), "
    "or name one with CHROMIUM=/path/to/chrome, then run make test again."
)


def path() -> str:
    """Returns the path of a browser; installs one if this is root and apt-get exists. Raises `Problem` without any."""
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        if not succeeds(chosen, "--version"):
            raise Problem(f"CHROMIUM={chosen} does not run: give the path of Chromium or Chrome.")
        return chosen
    found = find() or (install() if os.geteuid() == 0 and shutil.which("apt-get") else None)
    if not found:
        raise Problem(MISSING)
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


def install() -> str | None:
    """Installs Debian's chromium. Returns its path. Raises `Problem` if that fails."""
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"]
    try:
        step("Installing Chromium for the browser tests", ["apt-get", "update"], install, env=env)
    except Problem as problem:
        raise Problem(f"{problem}\n{MISSING}") from None
    return find()
