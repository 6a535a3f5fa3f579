"""The launcher's functions without processes: restart pauses, addresses, ports, logs and secrets."""

import errno
import os
import socket
from pathlib import Path

import pytest

from launcher import model, ports
from launcher.folder import Folder
from launcher.processes import reason
from launcher.supervisor import CALM_SECONDS, TRIES, Backoff
from tests.support.port_share import own_share


def test_pauses_before_restarts_double_until_none_are_left() -> None:
    backoff = Backoff()
    assert [backoff.pause(0.1) for _ in range(TRIES + 1)] == [0.5, 1, 2, 4, None]


def test_a_long_run_resets_the_restart_pause() -> None:
    backoff = Backoff()
    for _ in range(TRIES):
        backoff.pause(0.1)
    assert backoff.pause(CALM_SECONDS) == 0.5


@pytest.mark.parametrize(
    ("code", "words"), [(0, "exit code 0"), (3, "exit code 3"), (-9, "killed by SIGKILL"), (-99, "killed by signal 99")]
)
def test_an_exit_code_is_described_in_words(code: int, words: str) -> None:
    assert reason(code) == words


@pytest.mark.parametrize(
    ("number", "port", "hint"),
    [
        (errno.EADDRINUSE, 8000, "PORT=8001"),
        (errno.EADDRINUSE, 65_535, "PORT=65534"),
        (errno.EACCES, 80, "PORT=8000"),
        (errno.EADDRNOTAVAIL, 8000, "HOST=127.0.0.1"),
    ],
)
def test_an_unusable_address_is_explained_with_an_alternative(number: int, port: int, hint: str) -> None:
    assert hint in ports.explain(OSError(number, "why"), "10.1.2.3", port)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_address_shown_opens_in_a_local_browser(host: str, address: str) -> None:
    assert ports.address(host, 8000) == address


@pytest.mark.parametrize(("cpus", "threads"), [(1, 1), (2, 1), (4, 3), (64, 4)])
def test_the_model_leaves_one_cpu_to_other_processes(cpus: int, threads: int) -> None:
    assert model.threads(cpus) == threads


def test_a_secret_is_created_once_and_readable_by_its_owner(tmp_path: Path) -> None:
    folder = Folder(tmp_path / ".holdfast")
    first = folder.secret("secret_key")
    assert len(first) == 64
    assert folder.secret("secret_key") == first
    assert (tmp_path / ".holdfast" / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_new_log_keeps_the_log_of_the_last_run(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.log("valkey").write_text("the last run", "utf-8")
    assert not folder.log("valkey").exists()
    assert (tmp_path / "logs" / "valkey.1.log").read_text("utf-8") == "the last run"


def test_a_port_in_use_is_not_returned_as_free(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = ports.free()
    with socket.create_server(("127.0.0.1", taken)):
        monkeypatch.setattr(ports, "NEVER_GIVEN_AWAY", [taken] * 99 + [ports.free()])
        assert ports.free() != taken


def test_xdist_workers_get_disjoint_shares_of_ports() -> None:
    shares = [
        own_share(range(100, 110), {"PYTEST_XDIST_WORKER": f"gw{number}", "PYTEST_XDIST_WORKER_COUNT": "3"})
        for number in range(3)
    ]
    assert all(shares)
    assert sorted(port for share in shares for port in share) == list(range(100, 110))
    assert own_share(range(100, 110), {}) == range(100, 110)


def test_the_port_pool_is_this_xdist_workers_share() -> None:
    assert own_share(range(20_000, 32_768), os.environ) == ports.NEVER_GIVEN_AWAY
