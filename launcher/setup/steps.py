"""Runs a step of the setup: one line on the terminal, the output in a log, and advice after a failure."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

from launcher import private
from launcher.console import Problem, say, tail

HOME = Path(".holdfast")
LOG = HOME / "logs" / "setup.log"
STAMPS = HOME / "stamps"
OTHER_WAYS = (
    "Two other ways work everywhere: `docker compose up`, or a Redis and a model of your own "
    "(set REDIS_URL and OPENAI_BASE_URL in .env)."
)

# Patterns of a failed step's output. The first that matches decides.
FULL = r"No space left|ENOSPC"
UNTRUSTED = r"certificate|CERT_|self.signed"
NEW_PYTHON = r"no wheels? with a matching Python|requires a different Python"
NO_BUILD = r"no wheels? with a matching platform|for the current platform|building source distributions"
TAMPERED = r"(?i)hash mismatch|EINTEGRITY|do not match the hashes"
LOCK = r"EUSAGE.*package-lock|npm ci. can only"
NETWORK = (
    r"(?i)dns|resolve host|ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|timed out|unreachable"
    r"|error sending request|new connection|failed to fetch|tunnel"
)
CURES = {
    FULL: "The disk is full: free about 1.5 GB, then run make again.",
    UNTRUSTED: "The download server's certificate is not trusted here: let SSL_CERT_FILE and "
    "NODE_EXTRA_CA_CERTS name your organisation's certificates, then run make again.",
    NEW_PYTHON: "This Python has no ready-made packages yet: run `make clean`, then choose another, "
    "for example `make run PYTHON=python3.13`.",
    NO_BUILD: "A package has no ready-made build for this machine. " + OTHER_WAYS,
    TAMPERED: "A download differs from the locked one: run `make clean`, then make again. "
    "If it happens again, do not trust the server that it came from.",
    LOCK: "web/package-lock.json does not fit web/package.json: run `npm install` in web/ and commit the lock.",
    NETWORK: "A download failed: check the network (behind a proxy, set HTTPS_PROXY), then run make again; "
    "it continues where it stopped.",
}


def cure(output: str) -> str:
    """Returns the advice for a failed step, chosen by its output."""
    for pattern, sentence in CURES.items():
        if re.search(pattern, output):
            return sentence
    return f"The whole log is {LOG}. Running make again goes on where it stopped."


def step(
    title: str,
    *commands: list[str],
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Runs commands one after the other, shown as one line.

    Raises `Problem`, with the end of the log and advice, for the first that fails.
    """
    say(f"{title} …", end=" ")
    started = time.monotonic()
    private.folder(HOME)
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("wb") as log:
        for command in commands:
            code = subprocess.call(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=env, cwd=cwd
            )
            if code != 0:
                say("failed")
                output = LOG.read_text("utf-8", "replace")
                raise Problem(f"{tail(LOG)}\n{cure(output)}")
    say(f"{time.monotonic() - started:.0f} s")


def stamp(name: str) -> str:
    """Returns the text that `note` stored for `name`; an empty string if there is none."""
    try:
        return (STAMPS / name).read_text("utf-8")
    except OSError:
        return ""


def note(name: str, text: str) -> None:
    """Stores that `name` is done, with a text that identifies its input."""
    private.folder(HOME)
    STAMPS.mkdir(exist_ok=True)
    (STAMPS / name).write_text(text, "utf-8")


def succeeds(*command: str) -> bool:
    """Whether a command exists and exits with 0."""
    try:
        return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def host_python() -> str:
    """Returns the Python outside of an active virtual environment."""
    return getattr(sys, "_base_executable", "") or sys.executable
