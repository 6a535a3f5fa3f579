"""`python -m launcher` as a process, with a real Valkey and stand-ins for the worker and the API.

The launcher is forked from a process that has imported its libraries. tests/integration/test_local_run.py starts the
program itself.
"""

import contextlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.settings import Settings
from chat.watchdog import HUNG
from launcher import ports, valkey
from launcher.folder import Folder
from launcher.guard import alive
from tests.support.processes import start_blocking

API = """
import http.server, os, pathlib
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if pathlib.Path("worker.pid").exists() else 503)
        self.end_headers()
    def log_message(self, *_):
        pass
pathlib.Path("api.pid").write_text(str(os.getpid()))
print("mode", os.environ["AUTH_MODE"])
http.server.HTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Page).serve_forever()
"""
WORKER = """
import os, pathlib, signal
if os.environ.get("STUBBORN"):
    signal.signal(signal.SIGTERM, lambda *_: print("not now"))
pathlib.Path("worker.pid").write_text(str(os.getpid()))
print("at work")
while True:
    signal.pause()
"""
HANGING_WORKER = """
import asyncio, os, pathlib, time
from chat.watchdog import Watchdog
async def main():
    with Watchdog(2, lambda: None):
        pathlib.Path("worker.pid").write_text(str(os.getpid()))
        while not pathlib.Path("blocked").exists():
            pathlib.Path("blocked").touch()
            time.sleep(3600)
        print("at work")
        await asyncio.Event().wait()
asyncio.run(main())
"""
"""Blocks its event loop when it runs for the first time."""


class Run:
    """A launcher process in a folder of its own."""

    def __init__(self, folder: Path, port: int, **env: str) -> None:
        self.folder = folder
        self.lines: list[str] = []
        known = {name.upper() for name in Settings.model_fields}
        base = {name: value for name, value in os.environ.items() if name.upper() not in known}
        given = {"PORT": str(port), "OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}
        reading, writing = os.pipe()
        self.output = os.fdopen(reading, encoding="utf-8")
        self.process = start_blocking("launcher", base | given | env, folder, writing)
        os.close(writing)

    def until(self, words: str) -> str:
        """Read the output up to the line that contains these words."""
        for line in self.output:
            self.lines.append(line.rstrip("\n"))
            if words in line:
                return self.lines[-1]
        raise AssertionError("\n".join([f"{words!r} is not in:", *self.lines]))

    def rest(self) -> tuple[int, str]:
        """Wait for the exit. Returns the exit code and the rest of the output."""
        with self.output:
            output = self.output.read()
        return self.process.wait(), output

    def pid(self, name: str) -> int:
        """The process ID that a stand-in wrote."""
        return int((self.folder / f"{name}.pid").read_text("utf-8"))

    def valkey(self) -> str:
        """The URL of its Valkey."""
        home = self.folder / ".holdfast"
        return valkey.url(int((home / "valkey_port").read_text("utf-8")), (home / "valkey_password").read_text("utf-8"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, code in (("api", API), ("worker", WORKER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "__main__.py").write_text(code, "utf-8")
    return tmp_path


@contextlib.contextmanager
def launched(folder: Path, **env: str) -> Iterator[Run]:
    run = Run(folder, ports.free(), **env)
    try:
        yield run
    finally:
        if run.process.returncode is None:
            run.process.kill()  # its guard stops the rest
            run.rest()


def test_a_run_says_what_it_does_and_stops_cleanly(folder: Path) -> None:
    """All in one run, because each starts five programs."""
    home = folder / ".holdfast"
    (home / "logs").mkdir(parents=True)
    home.chmod(0o755)
    (folder / ".env").write_text("OPENAI_APIKEY=s3cr3t\n", "utf-8")
    away = "http://u:s3cr3t@127.0.0.1:9/v1?key=s3cr3t"
    with launched(folder, REDIS_URI="s3cr3t", OPENAI_BASE_URL=away) as run:
        address = run.until("is ready").split()[3]
        assert address.startswith("http://127.0.0.1:")
        misspelled_settings_are_named_first(run)
        a_model_server_that_is_away_is_named(run)
        assert "s3cr3t" not in "".join(run.lines)
        assert "api    | mode trust" in run.lines
        url = run.valkey()
        with valkey.client(url) as client:
            client.set("kept", "yes")
        other_users_can_read_nothing(home)
        a_second_launcher_names_the_first_one(run, address)
        a_child_that_dies_is_started_again(run)
        run.process.send_signal(signal.SIGINT)
        code, rest = run.rest()
    assert code == 0
    assert "Traceback" not in rest
    assert rest.splitlines()[-1].startswith("Stopped.")
    assert not valkey.answers(url)
    assert not alive(run.pid("api"))
    assert not alive(run.pid("worker"))


def misspelled_settings_are_named_first(run: Run) -> None:
    assert run.lines[:2] == [
        "OPENAI_APIKEY is not a setting, so it has no effect. Did you mean OPENAI_API_KEY?",
        "REDIS_URI is not a setting, so it has no effect. Did you mean REDIS_URL?",
    ]


def a_model_server_that_is_away_is_named(run: Run) -> None:
    sentence = "The model server at http://127.0.0.1:9/v1 does not answer: connection refused. Start it, or correct"
    if not any(sentence in line for line in run.lines):
        run.until(sentence)
    assert "The model is gpt-4o-mini at http://127.0.0.1:9/v1." in run.lines


def other_users_can_read_nothing(home: Path) -> None:
    modes = {path: path.stat().st_mode & 0o077 for path in (home, *home.rglob("*"))}
    assert {path.name for path in modes} >= {"lock", "secret_key", "valkey.conf", "valkey.log", "appendonlydir"}
    assert [path for path, mode in modes.items() if mode] == []


def a_second_launcher_names_the_first_one(run: Run, address: str) -> None:
    code, output = Run(run.folder, ports.free()).rest()
    assert code == 1
    assert f"(process {run.process.pid}): open {address}" in output
    assert output.count("\n") == 2  # after the sentence on .env


def a_child_that_dies_is_started_again(run: Run) -> None:
    first = run.pid("worker")
    os.kill(first, signal.SIGKILL)
    assert run.until("worker ended") == "worker ended (killed by SIGKILL); it starts again in 0.5 s."
    run.until("at work")
    assert run.pid("worker") != first


def test_other_signals_stop_it_and_the_next_run_has_its_data(folder: Path) -> None:
    with launched(folder) as run:
        run.until("is ready")
        with valkey.client(run.valkey()) as client:
            client.set("kept", "yes")
        run.process.send_signal(signal.SIGTERM)
        assert run.rest()[0] == 0
    with launched(folder) as run:
        run.until("is ready")
        with valkey.client(run.valkey()) as client:
            assert client.get("kept") == b"yes"
        run.process.send_signal(signal.SIGHUP)
        assert run.rest()[0] == 0


def test_a_second_ctrl_c_stops_it_at_once(folder: Path) -> None:
    with launched(folder, STUBBORN="1", DRAIN_SECONDS="3600") as run:
        run.until("is ready")
        run.process.send_signal(signal.SIGINT)
        run.until("not now")
        run.process.send_signal(signal.SIGINT)
        assert run.rest()[0] == 0
    assert not alive(run.pid("worker"))


def test_a_killed_launcher_leaves_nothing_running(folder: Path) -> None:
    with launched(folder) as run:
        run.until("is ready")
        url = run.valkey()
        run.process.kill()
        run.rest()
        with Folder(folder / ".holdfast").lock("here"):  # the guard releases it when it is done
            assert not alive(run.pid("api"))
            assert not alive(run.pid("worker"))
            assert not valkey.answers(url)


def test_a_child_that_hangs_ends_itself_and_is_started_again(folder: Path) -> None:
    (folder / "worker" / "__main__.py").write_text(HANGING_WORKER, "utf-8")
    with launched(folder) as run:
        assert run.until("worker ended") == f"worker ended (exit code {HUNG}); it starts again in 0.5 s."
        run.until("at work")
        assert any("loop_blocked" in line for line in run.lines)


def test_a_child_that_keeps_failing_ends_the_run_with_a_message(folder: Path) -> None:
    (folder / "worker" / "__main__.py").write_text("raise SystemExit('no such thing')", "utf-8")
    with launched(folder) as run:
        code, output = run.rest()
    assert code == 1
    assert "worker | no such thing" in output
    assert "worker ended 5 times soon after its start (exit code 1)." in output.splitlines()[-1]


def test_a_busy_port_is_named_before_anything_starts(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code, output = Run(folder, port).rest()
    assert code == 1
    assert output.startswith(f"Port {port} is in use by another program.")
    assert output.count("\n") == 1


def test_an_external_redis_that_is_away_is_named(folder: Path) -> None:
    code, output = Run(folder, ports.free(), REDIS_URL=valkey.url(ports.free())).rest()
    assert code == 1
    assert output.startswith("The Redis of REDIS_URL does not answer")


def test_with_an_external_redis_no_valkey_is_started(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    with valkey.running(tmp_path_factory.mktemp("own")) as url, launched(folder, REDIS_URL=url) as run:
        run.until("is ready")
        assert not (folder / ".holdfast" / "valkey_port").exists()


def test_a_folder_that_cannot_be_written_gives_a_message(folder: Path) -> None:
    (folder / ".holdfast").write_text("in the way", "utf-8")
    code, output = Run(folder, ports.free()).rest()
    assert code == 1
    assert output.startswith("Cannot write .holdfast")


def test_wrong_settings_are_listed_by_name(folder: Path) -> None:
    code, output = Run(folder, ports.free(), LOG_LEVEL="loud", WORKER_SLOTS="none").rest()
    assert code == 1
    assert [line.split(":")[0] for line in output.splitlines()[1:]] == ["  WORKER_SLOTS", "  LOG_LEVEL"]
