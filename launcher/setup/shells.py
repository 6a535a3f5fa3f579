"""Installs zsh, in which the documents' commands are tested besides sh and bash, as root on Debian."""

from __future__ import annotations

import os
import shutil

from launcher.console import Problem, say

from .steps import step


def prepare() -> None:
    """Installs zsh if it is missing and this is root and apt-get exists. Without it the tests in zsh are skipped."""
    if shutil.which("zsh") or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    env = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    install = ["apt-get", "install", "-y", "--no-install-recommends", "zsh"]
    try:
        step("Installing zsh for the tests of the documents", ["apt-get", "update"], install, env=env)
    except Problem:
        say("Without zsh the documents' commands are tested in sh and bash only.")
