"""Creates the virtual environment with the standard library, and installs the locked packages with uv."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from launcher.console import Problem, say

from .steps import OTHER_WAYS, host_python, note, stamp, step, succeeds

LOCKS = Path("requirements")
VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
CACHE = Path(".holdfast/cache")
APART = "manifests"
"""The group with an environment of its own, `.holdfast/manifests`."""

SIZES = {"app": 40, "local": 130, "page": 60, "traces": 6, "dev": 110, "plots": 60, "audit": 30, "manifests": 140}
OLDEST = (3, 11)
NO_PIP = (
    "This Python cannot make virtual environments. On Debian or Ubuntu: "
    "`sudo apt install python3-venv`, then run make again."
)


def prepare(*extra: str) -> None:
    """Installs the locked packages into `.venv`, with the developers' groups `extra`. Does nothing if none changed."""
    groups = {"app", "page", *extra} | ({"local"} if wants_embedded(development=bool(extra)) else set())
    groups |= {"traces"} if "dev" in extra or wants_traces(os.environ, Path(".env")) else set()
    done = stamp("packages").split("\n")
    # `make run` keeps the packages that `make test` installed.
    groups |= set(done[0].split())
    if PYTHON.exists() and done == describe(groups):
        return
    make_venv(moved=len(done) > 1 and done[1] != str(Path.cwd()))
    install_uv()
    size = sum(SIZES[group] for group in groups)
    locks = [str(LOCKS / f"{group}.lock") for group in sorted(groups)]
    command = [str(UV), "pip", "sync", "--python", str(PYTHON), "--require-hashes", "--no-build", *locks]
    step(f"Installing Python packages (about {size} MB)", command, env=uv_environment())
    note("packages", "\n".join(describe(groups)))


def prepare_apart() -> None:
    """Installs the group `APART` into an environment of its own. Does nothing if its lock did not change."""
    lock, folder = LOCKS / f"{APART}.lock", Path(".holdfast") / APART
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    python = folder / "bin" / "python"
    if python.exists() and stamp(APART) == digest:
        return
    make = [str(UV), "venv", "--quiet", "--clear", "--python", str(PYTHON), str(folder)]
    sync = [str(UV), "pip", "sync", "--python", str(python), "--require-hashes", "--no-build", str(lock)]
    step(f"Installing the tools for manifests (about {SIZES[APART]} MB)", make, sync, env=uv_environment())
    note(APART, digest)


def describe(groups: set[str]) -> list[str]:
    """Returns the stamp of an installation: its groups, its folder, and the digest of its locks."""
    digest = hashlib.sha256()
    for name in sorted(groups | {"tools"}):
        digest.update((LOCKS / f"{name}.lock").read_bytes())
    return [" ".join(sorted(groups)), str(Path.cwd()), digest.hexdigest()]


def make_venv(moved: bool) -> None:
    """Creates `.venv` unless a working one exists. Replaces a moved one, because its scripts name the old folder."""
    is_new_enough = f"import sys; sys.exit(sys.version_info < {OLDEST})"
    if not moved and succeeds(str(PYTHON), "-c", is_new_enough):
        return
    if importlib.util.find_spec("venv") is None:
        raise Problem(NO_PIP)
    bare = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]
    step("Making .venv", [host_python(), "-m", "venv", "--clear", *bare, str(VENV)])


def install_uv() -> None:
    """Installs the pinned uv with the pip of `.venv`, or the machine's pip or uv. Raises `Problem` without any."""
    lock = LOCKS / "tools.lock"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    if UV.exists() and stamp("uv") == digest:
        return
    locked = ["--require-hashes", "--no-deps", "-r", str(lock)]
    if succeeds(str(PYTHON), "-m", "pip", "--version"):
        command = [str(PYTHON), "-m", "pip", "install", "--no-cache-dir", *locked]
    elif succeeds(host_python(), "-m", "pip", "--python", str(PYTHON), "--version"):
        command = [host_python(), "-m", "pip", "--python", str(PYTHON), "install", "--no-cache-dir", *locked]
    elif shutil.which("uv"):
        command = ["uv", "pip", "install", "--python", str(PYTHON), *locked]
    else:
        raise Problem(NO_PIP)
    step("Installing uv", command)
    note("uv", digest)


def uv_environment() -> dict[str, str]:
    """Returns the environment of uv: its cache in `.holdfast`, and pip's index unless one is set for uv."""
    env = dict(os.environ, UV_NO_PROGRESS="1")
    env.pop("VIRTUAL_ENV", None)
    env.setdefault("UV_CACHE_DIR", str(CACHE / "uv"))
    env.setdefault("UV_HTTP_TIMEOUT", "180")
    if not {"UV_DEFAULT_INDEX", "UV_INDEX_URL"} & env.keys():
        listed = subprocess.run(
            [str(PYTHON), "-m", "pip", "config", "list"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        env.update(from_pip(listed.stdout.decode("utf-8", "replace"), env))
    return env


def from_pip(listing: str, env: Mapping[str, str]) -> dict[str, str]:
    """Translates `pip config list` to uv's variables: the index, and the certificates if none are set."""
    found = {}
    for key, value in re.findall(r"^[\w:]+\.([\w-]+)='(.*)'$", listing, re.MULTILINE):
        if key == "index-url":
            found["UV_DEFAULT_INDEX"] = value
        if key == "cert" and not {"SSL_CERT_FILE", "SSL_CERT_DIR"} & env.keys():
            found["SSL_CERT_FILE"] = value
    return found


def wants_traces(env: Mapping[str, str], dotenv: Path) -> bool:
    """Whether the environment or `.env` sets a trace collector."""
    return "OTEL_EXPORTER_OTLP_ENDPOINT" in set_names(env, dotenv)


def wants_embedded(development: bool) -> bool:
    """Whether to install the built-in Valkey and model.

    Raises `Problem` if this machine has no build of them and the settings do not replace both.
    """
    if has_builds(platform.system(), platform.machine(), platform.libc_ver()):
        return True
    if not development and names_own_services(os.environ, Path(".env")):
        say("The built-in Valkey and model have no build for this machine; yours are used.")
        return False
    raise Problem("The built-in Valkey and model have no build for this machine. " + OTHER_WAYS)


def has_builds(system: str, machine: str, libc: tuple[str, str]) -> bool:
    """Whether prebuilt packages of Valkey and llama.cpp exist for this platform."""
    if machine.lower() not in ("x86_64", "amd64", "aarch64", "arm64"):
        return False
    version = [int(part) for part in re.findall(r"\d+", libc[1])]
    return system == "Darwin" or (system == "Linux" and libc[0] == "glibc" and version >= [2, 28])


def names_own_services(env: Mapping[str, str], dotenv: Path) -> bool:
    """Whether the environment or `.env` names both a Redis and a model endpoint."""
    names = set_names(env, dotenv)
    return bool(names & {"REDIS_URL", "REDIS_HOST"} and names & {"OPENAI_API_KEY", "OPENAI_BASE_URL"})


def set_names(env: Mapping[str, str], dotenv: Path) -> set[str]:
    """Returns the names of the settings that the environment or `.env` sets."""
    text = dotenv.read_text("utf-8", "replace") if dotenv.exists() else ""
    found = re.findall(r"^\s*(?:export\s+)?(\w+)\s*=\s*[^\s#]", text, re.MULTILINE)
    return {name for name, value in env.items() if value} | set(found)
