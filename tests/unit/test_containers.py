"""What `make containers` does before there is a container: the run itself needs an engine."""

import pytest

from chat.settings import Settings
from launcher.console import Problem
from tests.containers import backup, engine, files
from tests.containers.town import START
from tests.unit.test_compose import SERVICES, seconds


def test_without_an_engine_it_says_so_and_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for compose in ("no-such-program compose", "false"):
        monkeypatch.setenv("COMPOSE", compose)
        with pytest.raises(Problem, match="There is no container engine here"):
            engine.find()


def test_what_it_starts_and_stops_is_what_the_compose_file_has() -> None:
    for service in START:
        assert files.grace(service) == seconds(SERVICES[service]["stop_grace_period"])


def test_the_handbook_has_the_commands_of_a_backup() -> None:
    take, restore = backup.commands()
    assert "BGREWRITEAOF" in take
    assert restore.startswith("docker compose down -v")


def test_its_settings_are_settings() -> None:
    of_compose = {"WEB_PORTS", "OPEN_FILES"}
    assert files.settings().keys() - of_compose <= {name.upper() for name in Settings.model_fields}
