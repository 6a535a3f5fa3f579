"""docs/guides/updating.md: its commands get the newest version and return, in a repository without tags."""

import os
import subprocess
from pathlib import Path

from tests.documents import blocks

AUTHOR = {f"GIT_{role}_{field}": "x@y.example" for role in ("AUTHOR", "COMMITTER") for field in ("NAME", "EMAIL")}
UPDATE, RETURN = (block.code for block in blocks.of("docs/guides/updating.md") if block.way == "by")


def run(folder: Path, code: str) -> None:
    """Runs commands in a folder; `make` notes which version it would start."""
    environment = {**os.environ, **AUTHOR, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    script = f"make() {{ cp version started; }}\nset -e\n{code}"
    done = subprocess.run(["sh", "-c", script], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def started(folder: Path) -> str:
    return (folder / "started").read_text("utf-8").strip()


def test_an_update_can_be_taken_back_and_made_again(tmp_path: Path) -> None:
    origin, mine = tmp_path / "origin", tmp_path / "mine"
    run(tmp_path, "git init -q -b main origin")
    run(origin, "echo 1 > version; git add version; git commit -q -m first")
    run(tmp_path, "git clone -q origin mine")
    for version in ("2", "3"):
        run(origin, f"echo {version} > version; git commit -q -a -m next")
        run(mine, UPDATE)
        assert started(mine) == version
    run(mine, RETURN)
    assert started(mine) == "2"
    run(origin, "echo 4 > version; git commit -q -a -m last")
    run(mine, f"git switch -q -\n{UPDATE}")
    assert started(mine) == "4"
