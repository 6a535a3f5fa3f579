"""Lists the files of the repository, without what is installed, built or private to this machine."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("api", "bench", "chat", "deploy", "docs", "launcher", "requirements", "tests", "web", "worker")
IGNORED_FOLDERS = {"__pycache__", "node_modules", "dist"}
IGNORED_FILES = {".env", "uv.lock"}


@cache
def files() -> tuple[Path, ...]:
    """Returns the files of the root folder and of all `FOLDERS`. Several modules of tests ask when they are loaded."""
    return tuple(_found())


def _found() -> Iterator[Path]:
    yield from (file for file in sorted(ROOT.iterdir()) if file.is_file() and file.name not in IGNORED_FILES)
    for folder in FOLDERS:
        for parent, folders, names in os.walk(ROOT / folder):
            folders[:] = sorted(set(folders) - IGNORED_FOLDERS)
            yield from (Path(parent, name) for name in sorted(names))


def name_of(file: Path) -> str:
    """Returns the file's path in the repository."""
    return file.relative_to(ROOT).as_posix()
