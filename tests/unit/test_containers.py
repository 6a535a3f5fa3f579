"""`make containers` finds its engine, its settings and the backup commands; the run itself needs an engine."""

import pytest

from chat.settings import Settings
from launcher.console import Problem
from tests.containers import backup, engine, files
from tests.containers.compose_stack import START
from tests.unit.test_compose import SERVICES, seconds


def test_a_missing_container_engine_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for compose in ("no-such-program compose", "false"):
        monkeypatch.setenv("COMPOSE", compose)
        with pytest.raises(Problem, match="There is no container engine here"):
            engine.find()


def test_grace_periods_are_read_from_the_compose_file() -> None:
    for service in START:
        assert files.grace(service) == seconds(SERVICES[service]["stop_grace_period"])


def test_the_backup_commands_are_found_in_the_handbook() -> None:
    take, restore = backup.commands()
    assert "BGREWRITEAOF" in take
    assert restore.startswith("docker compose down -v")


def test_the_settings_of_the_run_are_known_settings() -> None:
    of_compose = {"WEB_PORTS", "OPEN_FILES"}
    assert files.settings().keys() - of_compose <= {name.upper() for name in Settings.model_fields}
