"""`make containers` finds its engine, its settings and the backup commands; the run itself needs an engine."""

import ipaddress
import re
from itertools import groupby
from pathlib import Path

import pytest

from chat.settings import Settings
from launcher.console import Problem
from tests.containers import backup, engine, files, setups
from tests.containers.catalogue import SCENARIOS
from tests.containers.setups import START, Setup
from tests.support.compose_file import SERVICES, seconds


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


SETUPS = {scenario.setup: name for name, scenario in SCENARIOS.items()}


def variables(setup: Setup, folder: Path) -> dict[str, str]:
    files.write_env(folder, setup.settings, setup.start)
    lines = (folder / ".env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.parametrize("setup", SETUPS, ids=SETUPS.values())
def test_the_settings_of_the_run_are_known_settings(setup: Setup, tmp_path: Path) -> None:
    of_compose = set(re.findall(r"\$\{(\w+)", files.FILE.read_text("utf-8")))
    known = {name.upper() for name in Settings.model_fields} | of_compose
    assert variables(setup, tmp_path).keys() <= known


@pytest.mark.parametrize("setup", SETUPS, ids=SETUPS.values())
def test_setups_name_services_and_profiles_of_the_compose_file(setup: Setup) -> None:
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", ())}
    assert setup.start.keys() | setup.services.keys() <= SERVICES.keys()
    assert set(setup.profiles) <= profiles


def test_the_demo_is_started_without_a_model_server(tmp_path: Path) -> None:
    assert not [name for name in variables(setups.DEMO, tmp_path) if name.startswith("OPENAI_")]


def test_the_gateway_is_the_first_address_of_the_front_network() -> None:
    network = ipaddress.ip_network(files.SUBNETS["FRONT_SUBNET"])
    assert files.GATEWAY == str(next(network.hosts()))


def test_scenarios_with_the_same_setup_are_neighbours() -> None:
    order = [scenario.setup for scenario in SCENARIOS.values()]
    assert len(list(groupby(order))) == len(SETUPS)
