"""The compose file: locked down, patient enough, and true to the settings."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from chat.settings import Settings
from chat.store import clients

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if "build" in service]
SECRETS = {name.upper() for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
NEEDED = {
    "api": {"SECRET_KEY", "SECRET_KEY_PREVIOUS", "REDIS_PASSWORD"},
    "worker": {"OPENAI_API_KEY", "REDIS_PASSWORD"},
}
"""The secrets that each of those which read .env has a use for."""


def seconds(text: str) -> float:
    """The default of `${NAME:-45s}`, or a plain `45s`."""
    found = re.fullmatch(r"(?:\$\{\w+:-)?(\d+)s?\}?", text)
    assert found, text
    return float(found[1])


def environment(name: str, dotenv: dict[str, str]) -> dict[str, str]:
    """The environment of a service's containers: .env where it is read, and over it what `environment` says."""
    service = SERVICES[name]
    read = dotenv if "env_file" in service else {}
    return read | {key: interpolated(value, dotenv) for key, value in service.get("environment", {}).items()}


def interpolated(text: str, dotenv: dict[str, str]) -> str:
    """As Compose does it: https://docs.docker.com/reference/compose-file/interpolation/"""

    def value(found: re.Match[str]) -> str:
        name, kind, other = found.groups()
        if kind == "+":
            return other if dotenv.get(name) else ""
        return dotenv.get(name) or (other if kind == "-" else "")

    return re.sub(r"\$\{(\w+):([-?+])((?:[^{}])*)\}", value, text)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_the_secrets_that_it_needs_and_no_other(name: str) -> None:
    dotenv = {secret: f"value-of-{secret}" for secret in SECRETS}
    told = environment(name, dotenv)
    reads = "env_file" in SERVICES[name]
    needed = NEEDED[name] if reads else {"REDIS_PASSWORD"} & told.keys()
    assert {secret for secret in SECRETS if dotenv[secret] in "\n".join(told.values())} == needed
    assert reads is (name in NEEDED)


@pytest.mark.parametrize("given", [{}, {"OPENAI_API_KEY": "sk-1"}, {"OPENAI_BASE_URL": "http://model:1/v1"}])
def test_api_and_worker_offer_the_same_models(given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Though only one of them has the model's key."""
    offered = set()
    for name in NEEDED:
        with monkeypatch.context() as changed:
            for key in Settings.model_fields:
                changed.delenv(key.upper(), raising=False)
            for key, value in environment(name, given).items():
                changed.setenv(key, value)
            settings = Settings(_env_file=None)
        offered.add((settings.offered_models, settings.openai_base_url, settings.demo_model))
    assert len(offered) == 1


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_without_rights_and_writes_nowhere_but_to_its_volumes(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "api", "worker"])
def test_how_many_of_a_tier_run_is_a_line_in_the_env_file(name: str) -> None:
    assert SERVICES[name]["scale"] == f"${{{name.upper()}_REPLICAS:-1}}"


@pytest.mark.parametrize("name", OURS)
def test_what_may_have_many_replicas_has_no_name_of_its_own(name: str) -> None:
    assert "container_name" not in SERVICES[name]
    assert name == "web" or "ports" not in SERVICES[name]


def test_each_service_waits_for_those_that_it_asks_and_the_demo_model_only_where_there_is_one() -> None:
    waits = {name: service.get("depends_on", {}) for name, service in SERVICES.items() if name in OURS}
    for name, asked in (("web", "api"), ("api", "redis"), ("worker", "redis"), ("worker", "model")):
        assert waits[name][asked]["condition"] == "service_healthy"
    assert waits["worker"]["model"]["required"] is False
    assert SERVICES["model"]["profiles"] == ["demo"]
    assert waits["model"] == {}


def test_a_worker_has_longer_than_its_replies_and_an_api_than_its_requests() -> None:
    worker = SERVICES["worker"]
    assert seconds(worker["stop_grace_period"]) > seconds(worker["environment"]["DRAIN_SECONDS"]) + 10
    assert seconds(SERVICES["api"]["stop_grace_period"]) > 10


@pytest.mark.parametrize("name", ["api", "worker"])
def test_every_setting_is_one(name: str) -> None:
    known = {field.upper() for field in Settings.model_fields}
    assert SERVICES[name]["environment"].keys() <= known


def test_only_valkey_keeps_anything() -> None:
    volumes = [(name, volume) for name, service in SERVICES.items() for volume in service.get("volumes", [])]
    assert [name for name, volume in volumes if not volume.endswith(":ro")] == ["redis"]
    assert list(COMPOSE["volumes"]) == ["valkey"]


def test_without_its_secrets_nothing_starts_and_the_reason_is_told() -> None:
    text = FILE.read_text("utf-8")
    for name in ("SECRET_KEY", "REDIS_PASSWORD"):
        assert re.search(rf"\$\{{{name}:\?is missing in \.env\. Add it with ", text)


def test_nothing_but_the_web_tier_is_reached_from_outside() -> None:
    published = {name for name, service in SERVICES.items() if "ports" in service and "profiles" not in service}
    assert published == {"web"}
    assert COMPOSE["networks"]["back"]["internal"] is True
    assert SERVICES["redis"]["networks"] == ["back"]


def test_every_variable_is_told_of() -> None:
    told = "".join((ROOT / name).read_text("utf-8") for name in (".env.example", "docs/operations.md"))
    taken = set(re.findall(r"\$\{(\w+)", FILE.read_text("utf-8")))
    assert taken <= set(re.findall(r"\w+", told))


@pytest.mark.parametrize("name", ["api", "worker"])
def test_a_name_is_looked_up_as_often_as_there_is_time_for(name: str) -> None:
    options = dict(option.split(":") for option in SERVICES[name]["dns_opt"])
    assert int(options["timeout"]) * int(options["attempts"]) < clients.CONNECT_SECONDS
