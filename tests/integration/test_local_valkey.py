"""The built-in Valkey as a real server."""

from pathlib import Path

import pytest

from launcher import ports, valkey
from launcher.console import Problem
from tests.support.waiting import PATIENCE


def test_valkey_answers_inside_the_block_and_not_after_it(tmp_path: Path) -> None:
    with valkey.running(tmp_path) as url:
        assert valkey.answers(url)
    assert not valkey.answers(url)


def test_data_is_there_in_the_next_run(tmp_path: Path) -> None:
    with valkey.running(tmp_path) as url, valkey.client(url) as client:
        client.set("question", "what is kept?")
    with valkey.running(tmp_path) as url, valkey.client(url) as client:
        assert client.get("question") == b"what is kept?"


def test_data_survives_a_kill(tmp_path: Path) -> None:
    port = ports.free()
    server = valkey.start(tmp_path, port, "--appendfsync", "always")
    with valkey.client(valkey.url(port)) as client:
        client.set("question", "still here?")
    server.kill()
    server.wait()
    with valkey.running(tmp_path) as url, valkey.client(url) as client:
        assert client.get("question") == b"still here?"


def test_valkey_refuses_writes_rather_than_drop_old_keys(tmp_path: Path) -> None:
    with valkey.running(tmp_path) as url, valkey.client(url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


def test_a_folder_with_spaces_and_other_letters_works(tmp_path: Path) -> None:
    folder = tmp_path / "my chats 聊天"
    folder.mkdir()
    with valkey.running(folder) as url:
        assert valkey.answers(url)
    assert (folder / "appendonlydir").is_dir()


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="no-such-option"):
        valkey.start(tmp_path, ports.free(), "--no-such-option", "1")


def test_a_port_in_use_by_another_server_is_reported(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    port = ports.free()
    with valkey.running(other, port=port), pytest.raises(Problem, match="Address already in use"):
        valkey.start(own, port)


def test_a_leftover_server_on_the_same_data_is_stopped(tmp_path: Path) -> None:
    port = ports.free()
    server = valkey.start(tmp_path, port)
    assert valkey.stop_leftover(valkey.url(port), tmp_path)
    assert server.wait(timeout=PATIENCE) == 0


def test_a_server_on_other_data_is_left_alone(tmp_path: Path) -> None:
    own, other = tmp_path / "own", tmp_path / "other"
    own.mkdir()
    other.mkdir()
    with valkey.running(other) as url:
        assert not valkey.stop_leftover(url, own)
        assert valkey.answers(url)


def test_without_a_server_there_is_no_leftover(tmp_path: Path) -> None:
    assert not valkey.stop_leftover(valkey.url(ports.free()), tmp_path)


def test_a_redis_that_does_not_answer_is_named_by_its_setting() -> None:
    with pytest.raises(Problem, match="The Redis of REDIS_URL does not answer"):
        valkey.check("REDIS_URL", valkey.url(ports.free()))


def test_a_refused_password_is_reported_as_such(tmp_path: Path) -> None:
    port = ports.free()
    with valkey.running(tmp_path, port=port) as url, valkey.client(url) as client:
        client.config_set("requirepass", "right")
        valkey.check("REDIS_URL", valkey.url(port, "right"))
        with pytest.raises(Problem, match="refuses the password or the user"):
            valkey.check("REDIS_URL", valkey.url(port, "wrong"))
