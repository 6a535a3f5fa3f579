"""An operator who follows a README from top to bottom in one folder gets a `.env` that works, and keeps the users."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from dotenv import dotenv_values

from chat.settings import Settings
from tests.documents import blocks
from tests.documents.shells import COMMANDS, installed
from tests.support.compose_file import environment
from tests.support.stack import SECRET

NAME = "tests/documents/test_readme_order.py"
READMES = ["README.md", "README.zh-CN.md"]
PROGRAMS = ("make", "docker")
"""They are not run: only what the blocks write is looked at."""


def block_with(document: str, line: str) -> str:
    """Returns the code of the document's block that contains the line."""
    (code,) = (block.code for block in blocks.of(document) if line in block.code.splitlines())
    return code


def processes(document: str) -> str:
    return block_with(document, "make setup")


def containers(document: str) -> str:
    (block,) = (block for block in blocks.with_way("by", document=document) if block.argument == NAME)
    return block.code


def dotenv(folder: Path, *codes: str, shell: str = "sh") -> dict[str, str]:
    """Runs the blocks in the folder and returns the variables of its `.env`."""
    stubs = "".join(f"{name}() {{ :; }}\n" for name in PROGRAMS)
    done = subprocess.run(
        [COMMANDS[shell][0], "-c", "\n".join((stubs, "set -e", *codes))], cwd=folder, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600
    assert {file.name for file in folder.iterdir()} <= {".env", ".holdfast"}
    return {name: value or "" for name, value in dotenv_values(folder / ".env", interpolate=False).items()}


def settings(service: str, read: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Returns the settings of a service's containers."""
    with monkeypatch.context() as changed:
        for name in Settings.model_fields:
            changed.delenv(name.upper(), raising=False)
        for name, value in environment(service, read).items():
            changed.setenv(name, value)
        return Settings(_env_file=None)


@pytest.mark.parametrize("document", READMES)
@pytest.mark.parametrize("shell", [shell for shell in COMMANDS if installed(shell)])
def test_compose_after_separate_processes_keeps_the_users(
    document: str, shell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dotenv(tmp_path, processes(document), shell=shell)
    after = dotenv(tmp_path, containers(document), shell=shell)
    assert before["REDIS_URL"] == "redis://127.0.0.1:6379/0"
    assert after["SECRET_KEY"] == before["SECRET_KEY"]
    for service in ("api", "worker"):
        found = settings(service, after, monkeypatch)
        assert found.queue_url == found.data_url == f"redis://:{after['REDIS_PASSWORD']}@redis:6379/0"


@pytest.mark.parametrize("document", READMES)
def test_a_block_pasted_twice_changes_no_secret(document: str, tmp_path: Path) -> None:
    once = dotenv(tmp_path, processes(document), containers(document))
    assert dotenv(tmp_path, processes(document), containers(document)) == once


@pytest.mark.parametrize("document", READMES)
def test_settings_that_are_there_are_kept(document: str, tmp_path: Path) -> None:
    """Also the last one, behind which some editors write no end of line."""
    mine = {
        "SECRET_KEY": SECRET,
        "REDIS_URL": "rediss://:p@10.127.0.5:6379/0",
        "QUEUE_REDIS_URL": "redis://queue.example:6379",
        "REDIS_PASSWORD": "mine",
    }
    (tmp_path / ".env").write_text("\n".join(f"{name}={value}" for name, value in mine.items()), "utf-8")
    assert mine.items() <= dotenv(tmp_path, processes(document), containers(document)).items()


@pytest.mark.parametrize("document", READMES)
@pytest.mark.parametrize("block", [processes, containers], ids=["processes", "containers"])
def test_the_users_of_make_run_are_kept(document: str, block: Callable[[str], str], tmp_path: Path) -> None:
    (tmp_path / ".holdfast").mkdir()
    (tmp_path / ".holdfast" / "secret_key").write_text(SECRET, "utf-8")
    assert dotenv(tmp_path, block(document))["SECRET_KEY"] == SECRET


@pytest.mark.parametrize("document", READMES)
@pytest.mark.parametrize(
    "url",
    [
        "redis://localhost:6379/0",
        "redis://:p@127.0.0.1/0",
        "rediss://[::1]:6379",
        "unix:///run/valkey.sock",
        "redis+sentinel://127.0.0.1:26379,127.0.0.1:26380/main",
    ],
)
def test_compose_drops_a_redis_url_of_this_machine(document: str, url: str, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"REDIS_URL={url}\nQUEUE_REDIS_URL={url}\n", "utf-8")
    assert dotenv(tmp_path, containers(document)).keys() == {"SECRET_KEY", "REDIS_PASSWORD", "COMPOSE_PROFILES"}
