"""A forked process is like one that was started as a new program."""

import importlib.util
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support.forks import SHARED, Fork, Forks, ForkServer
from tests.support.process_forks import LATER, TOOLS
from tests.support.processes import Process, start
from tests.support.stack import ROOT, environment

SHOWS = """
import json, os, signal, sys, threading
signals = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGCHLD: signal.SIG_DFL}
shown = {
    "argv": sys.argv[1:], "orig_argv": sys.orig_argv[1:], "path": sys.path[:2], "folder": os.getcwd(),
    "env": dict(os.environ), "threads": threading.active_count(), "files": len(os.listdir("/proc/self/fd")),
    "signals": [signal.getsignal(number) == default for number, default in signals.items()],
    "is_main": __name__ == "__main__", "warnings": sys.warnoptions,
}
with open("shown.json", "w") as file:
    json.dump(shown, file)
sys.exit(7)
"""
LOSES = """
import os, pathlib
from tests.support.forks import SHARED, Forks, ForkServer
server, folder = ForkServer(), pathlib.Path({folder!r})
os.environ[SHARED] = server.socket
server.process.kill()
with (folder / "log").open("ab") as log:
    Forks(pathlib.Path({root!r})).fork("shown", {env!r}, folder, log.fileno())
"""
WAITS = "import signal; signal.pause()"


@pytest.fixture
def env() -> dict[str, str]:
    return environment("redis://127.0.0.1:1/0", "http://127.0.0.1:1", {"a_setting": "of its own"})


async def run(folder: Path, code: str, env: Mapping[str, str]) -> Process:
    (folder / "shown.py").write_text(code, "utf-8")
    return await start("shown", env, folder / "shown.log")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process is forked")
async def test_a_forked_process_is_like_a_new_program(tmp_path: Path, env: dict[str, str]) -> None:
    shown = []
    for name, settings in (("forked", {}), ("new", {"PYTHONUNBUFFERED": "1"})):
        (folder := tmp_path / name).mkdir()
        process = await run(folder, SHOWS, {**env, **settings})
        assert isinstance(process, Fork) is (name == "forked")
        assert await process.wait() == process.returncode == 7
        found = json.loads((folder / "shown.json").read_text("utf-8").replace(str(folder), "FOLDER"))
        found["env"].pop("PYTHONUNBUFFERED", None)
        shown.append(found)
    assert shown[0] == shown[1]
    assert shown[0]["env"]["A_SETTING"] == "of its own"
    assert shown[0]["signals"] == [True, True, True]


@pytest.mark.parametrize("name", [*LATER, TOOLS])
def test_what_is_imported_before_a_fork_exists(name: str) -> None:
    assert importlib.util.find_spec(name)


async def test_a_signal_that_ends_a_fork_is_its_return_code(tmp_path: Path, env: dict[str, str]) -> None:
    process = await run(tmp_path, WAITS, env)
    assert process.returncode is None
    process.kill()
    assert await process.wait() == -signal.SIGKILL
    with pytest.raises(ProcessLookupError):
        process.terminate()
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process is forked")
async def test_a_fork_left_at_the_end_is_named_and_killed(tmp_path: Path, env: dict[str, str]) -> None:
    (tmp_path / "shown.py").write_text(WAITS, "utf-8")
    forks = Forks(ROOT)
    with (tmp_path / "shown.log").open("ab") as log:
        process = forks.start("shown", env, tmp_path, log.fileno())
    assert forks.close(0) == [process.pid]
    assert await process.wait() == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process is forked")
async def test_a_requester_that_is_lost_ends_no_other_ones_forks(
    tmp_path: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shown.py").write_text(WAITS, "utf-8")
    request = json.dumps({"module": "shown", "env": env, "folder": str(tmp_path)}).encode()
    server = ForkServer()
    with (tmp_path / "shown.log").open("ab") as log:
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as lost:
            lost.connect(server.socket)
            socket.send_fds(lost, [request], [log.fileno(), log.fileno()])
        monkeypatch.setenv(SHARED, server.socket)
        forks = Forks(ROOT)
        process = forks.start("shown", env, tmp_path, log.fileno())
    process.terminate()
    assert await process.wait() == -signal.SIGTERM
    assert forks.close() == []
    server.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process is forked")
async def test_a_lost_process_that_forks_others_is_reported(tmp_path: Path, env: dict[str, str]) -> None:
    """In a process of its own, whose tests it would otherwise break."""
    (tmp_path / "log").touch()
    code = LOSES.format(folder=str(tmp_path), root=str(ROOT), env={**env, "PYTHONPATH": str(ROOT)})
    process = await create_subprocess_exec(sys.executable, "-c", code, cwd=ROOT, stderr=PIPE)
    _, errors = await process.communicate()
    assert errors.decode().splitlines()[-1] == "AssertionError: the process that forks others has ended"
