"""Renews the locks: all packages that pyproject.toml needs, with versions and hashes, one file per group."""

from __future__ import annotations

from .packages import APART, LOCKS, UV, uv_environment
from .steps import step

GROUPS = ("local", "page", "traces", "dev", "plots", "audit", "tools")


def renew() -> None:
    """Resolves pyproject.toml again and writes `requirements/*.lock`."""
    env = uv_environment()
    step("Resolving the Python packages", [str(UV), "lock", "--upgrade"], env=env)
    exports = [export("app", "--no-default-groups")]
    exports += [export(group, "--only-group", group) for group in GROUPS]
    step("Writing requirements/*.lock", *exports, compile_apart(APART), env=env)


def compile_apart(name: str) -> list[str]:
    """Returns the command that locks a group whose versions contradict those of pyproject.toml."""
    plain = ["--quiet", "--no-header", "--no-annotate", "--universal", "--python-version", "3.11", "--generate-hashes"]
    source, lock = str(LOCKS / f"{name}.in"), str(LOCKS / f"{name}.lock")
    return [str(UV), "pip", "compile", *plain, "--upgrade", source, "-o", lock]


def export(name: str, *selection: str) -> list[str]:
    """Returns the command that writes one lock, without the header and the index, which would name a machine."""
    plain = ["--frozen", "--no-header", "--no-annotate", "--no-emit-project"]
    return [str(UV), "export", "--quiet", *plain, *selection, "-o", str(LOCKS / f"{name}.lock")]
