"""Finds Firefox and WebKitGTK for `make test-browsers`, or installs them as root on Debian."""

from __future__ import annotations

import os
import shutil

from launcher.console import Problem

from .browser import on_debian
from .steps import step

PROGRAMS = {
    "firefox-esr": ("firefox-esr", "firefox"),
    "webkit2gtk-driver": ("WebKitWebDriver",),
    "xvfb": ("Xvfb",),
}
"""Debian's packages, and the programs of which each has to give one."""

MISSING = (
    "The tests in other browsers need Firefox, WebKitGTK's driver and Xvfb: install them "
    "(Debian: `sudo apt install firefox-esr webkit2gtk-driver xvfb`), then run make test-browsers again."
)


def prepare() -> None:
    """Installs what is missing, as root on Debian. Raises `Problem` with what to install where that is not possible."""
    packages = missing()
    if packages and os.geteuid() == 0 and on_debian() and shutil.which("apt-get"):
        install(packages)
    if missing():
        raise Problem(MISSING)


def missing() -> list[str]:
    """Returns Debian's packages for the programs that are not on PATH."""
    return [package for package, programs in PROGRAMS.items() if not any(map(shutil.which, programs))]


def install(packages: list[str]) -> None:
    """Installs packages of Debian. Raises `Problem` if that fails."""
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    try:
        step("Installing Firefox and WebKit (about 450 MB)", ["apt-get", "update"], command, env=env)
    except Problem as problem:
        raise Problem(f"{problem}\n{MISSING}") from None
