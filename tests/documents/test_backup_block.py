"""The commands of docs/guides/backup.md and docs/operations.md that copy the file of a Valkey while it runs."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis

from launcher import ports, valkey
from tests.documents import blocks
from tests.documents.table import Record
from tests.support import valkey_cli
from tests.support.waiting import until

PASSWORD = "a-long-password"
REWRITES = "auto-aof-rewrite-percentage"
GUIDE, HANDBOOK = "docs/guides/backup.md", "docs/operations.md"


@dataclass
class Machine:
    """A Valkey with a password, and a folder with a `valkey-cli` that reaches it."""

    folder: Path
    port: int

    def block(self, document: str) -> str:
        """Returns the commands of a document, with the folders and the program of this machine."""
        (code,) = (block.code for block in blocks.of(document) if "BGREWRITEAOF" in block.code)
        code = code.replace("docker compose exec -T redis ", "").replace("/etc/holdfast", str(self.folder))
        return re.sub("-C (/var/lib/holdfast|/data) ", f"-C {self.folder / 'data'} ", code)

    def start(self, document: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["sh", "-c", self.block(document)],
            cwd=self.folder,
            env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", **self.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    @property
    def variables(self) -> dict[str, str]:
        return {"VALKEY_PORT": str(self.port), "REDIS_PASSWORD": PASSWORD}

    def percentage(self) -> str:
        with Redis(port=self.port, password=PASSWORD, decode_responses=True) as client:
            return str(client.config_get(REWRITES)[REWRITES])


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "valkey.conf").write_text(f"port 1\nrequirepass {PASSWORD}\n", "utf-8")
    program = Path(str(valkey_cli.__file__)).read_text("utf-8").partition("\n")[2]
    (tmp_path / "valkey-cli").write_text(f"#!{sys.executable}\n{program}", "utf-8")
    (tmp_path / "valkey-cli").chmod(0o700)
    port = ports.free()
    with valkey.running(data, port=port) as url:
        with Redis.from_url(url) as client:
            client.set("kept", "yes")
            client.config_set("requirepass", PASSWORD)
        yield Machine(tmp_path, port)


def archive(machine: Machine) -> Path:
    (found,) = machine.folder.glob("*.tgz")
    return found


@pytest.mark.parametrize("document", [GUIDE, HANDBOOK])
def test_a_copy_is_complete_and_private(machine: Machine, document: str, record: Record) -> None:
    process = machine.start(document)
    output, _ = process.communicate()
    assert process.returncode == 0, output
    assert archive(machine).stat().st_mode & 0o777 == 0o600
    assert machine.percentage() == "100"
    other = machine.folder / "other"
    with tarfile.open(archive(machine)) as copy:
        copy.extractall(other, filter="data")
    with valkey.running(other) as url, Redis.from_url(url) as client:
        assert client.get("kept") == b"yes"
    (block,) = (block for block in blocks.of(document) if "BGREWRITEAOF" in block.code)
    record(block, "sh", 0, "copied a Valkey that runs")


@pytest.mark.parametrize("document", [GUIDE, HANDBOOK])
def test_a_refused_password_ends_the_commands(machine: Machine, document: str) -> None:
    with Redis(port=machine.port, password=PASSWORD) as client:
        client.config_set("requirepass", "another-password")
    for name in ("holdfast-backup.tgz", "holdfast.tgz"):  # of an earlier time
        with tarfile.open(machine.folder / name, "w:gz") as earlier:
            earlier.add(machine.folder / "data" / "appendonlydir", "appendonlydir")
    process = machine.start(document)
    output, _ = process.communicate()
    assert process.returncode != 0
    assert "appendonlydir" not in output


@pytest.mark.parametrize("document", [GUIDE, HANDBOOK])
def test_an_interrupted_copy_allows_rewrites_again(machine: Machine, document: str) -> None:
    """`tar` does not end by itself here, so the commands are still at it when they are interrupted."""
    tar = machine.folder / "tar"
    tar.write_text(f"#!/bin/sh\ntouch {machine.folder}/reached\nexec sleep 600\n", "utf-8")
    tar.chmod(0o700)
    process = machine.start(document)
    until((machine.folder / "reached").exists)
    assert machine.percentage() == "0"
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode != 0
    assert machine.percentage() == "100"


def test_the_stand_in_answers_like_the_real_program(machine: Machine) -> None:
    """An error reply is printed, and is an exit code with -e only."""
    environment = {**os.environ, **machine.variables}
    for words, code in ((("GET", "kept"), 0), (("-e", "GET", "kept"), 1)):
        program = shutil.which("valkey-cli", path=str(machine.folder))
        assert program
        done = subprocess.run([program, *words], env=environment, capture_output=True, text=True)
        assert done.returncode == code
        assert "NOAUTH" in done.stdout or "Authentication required" in done.stdout
