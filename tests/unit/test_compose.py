"""The compose file restricts its services, gives them time to stop, and matches the settings."""

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
BUILT = [name for name, service in SERVICES.items() if "build" in service]
SECRETS = {name.upper() for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
NEEDED = {
    "api": {"SECRET_KEY", "SECRET_KEY_PREVIOUS", "REDIS_PASSWORD"},
    "worker": {"OPENAI_API_KEY", "REDIS_PASSWORD"},
}
"""The secrets that each service with an env_file needs."""


def seconds(text: str) -> float:
    """Returns the seconds of `45s`, or of the default in `${NAME:-45s}`."""
    found = re.fullmatch(r"(?:\$\{\w+:-)?(\d+)s?\}?", text)
    assert found, text
    return float(found[1])


def environment(name: str, dotenv: dict[str, str]) -> dict[str, str]:
    """Returns the environment of a service's containers: its env_file, overridden by its `environment`."""
    service = SERVICES[name]
    read = dotenv if "env_file" in service else {}
    return read | {key: interpolated(value, dotenv) for key, value in service.get("environment", {}).items()}


def interpolated(text: str, dotenv: dict[str, str]) -> str:
    """Interpolates like Compose: https://docs.docker.com/reference/compose-file/interpolation/"""

    def value(found: re.Match[str]) -> str:
        name, kind, other = found.groups()
        if kind == "+":
            return other if dotenv.get(name) else ""
        return dotenv.get(name) or (other if kind == "-" else "")

    return re.sub(r"\$\{(\w+):([-?+])((?:[^{}])*)\}", value, text)


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_gets_only_the_secrets_that_it_needs(name: str) -> None:
    dotenv = {secret: f"value-of-{secret}" for secret in SECRETS}
    variables = environment(name, dotenv)
    reads = "env_file" in SERVICES[name]
    needed = NEEDED[name] if reads else {"REDIS_PASSWORD"} & variables.keys()
    assert {secret for secret in SECRETS if dotenv[secret] in "\n".join(variables.values())} == needed
    assert reads is (name in NEEDED)


@pytest.mark.parametrize("given", [{}, {"OPENAI_API_KEY": "sk-1"}, {"OPENAI_BASE_URL": "http://model:1/v1"}])
def test_api_and_worker_offer_the_same_models(given: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the worker has the model's key."""
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
def test_a_service_has_no_privileges_and_a_read_only_root(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "api", "worker"])
def test_the_replicas_of_a_tier_are_set_in_the_env_file(name: str) -> None:
    assert SERVICES[name]["scale"] == f"${{{name.upper()}_REPLICAS:-1}}"


@pytest.mark.parametrize("name", BUILT)
def test_a_scalable_service_has_no_fixed_name_or_port(name: str) -> None:
    assert "container_name" not in SERVICES[name]
    assert name == "web" or "ports" not in SERVICES[name]


def test_a_service_starts_after_its_healthy_dependencies() -> None:
    waits = {name: service.get("depends_on", {}) for name, service in SERVICES.items() if name in BUILT}
    for name, asked in (("web", "api"), ("api", "redis"), ("worker", "redis"), ("worker", "model")):
        assert waits[name][asked]["condition"] == "service_healthy"
    assert waits["worker"]["model"]["required"] is False
    assert SERVICES["model"]["profiles"] == ["demo"]
    assert waits["model"] == {}


def test_stop_grace_periods_exceed_the_drain_times() -> None:
    worker = SERVICES["worker"]
    assert seconds(worker["stop_grace_period"]) > seconds(worker["environment"]["DRAIN_SECONDS"]) + 10
    assert seconds(SERVICES["api"]["stop_grace_period"]) > 10


@pytest.mark.parametrize("name", ["api", "worker"])
def test_every_variable_of_a_service_is_a_known_setting(name: str) -> None:
    known = {field.upper() for field in Settings.model_fields}
    assert SERVICES[name]["environment"].keys() <= known


def test_only_valkey_has_a_writable_volume() -> None:
    volumes = [(name, volume) for name, service in SERVICES.items() for volume in service.get("volumes", [])]
    assert [name for name, volume in volumes if not volume.endswith(":ro")] == ["redis"]
    assert list(COMPOSE["volumes"]) == ["valkey"]


def test_a_missing_secret_stops_the_start_with_a_reason() -> None:
    text = FILE.read_text("utf-8")
    for name in ("SECRET_KEY", "REDIS_PASSWORD"):
        assert re.search(rf"\$\{{{name}:\?is missing in \.env\. Add it with ", text)


def test_only_the_web_tier_publishes_ports() -> None:
    published = {name for name, service in SERVICES.items() if "ports" in service and "profiles" not in service}
    assert published == {"web"}
    assert COMPOSE["networks"]["back"]["internal"] is True
    assert SERVICES["redis"]["networks"] == ["back"]


def test_every_variable_is_documented() -> None:
    documented = "".join((ROOT / name).read_text("utf-8") for name in (".env.example", "docs/operations.md"))
    used = set(re.findall(r"\$\{(\w+)", FILE.read_text("utf-8")))
    assert used <= set(re.findall(r"\w+", documented))


@pytest.mark.parametrize("name", ["api", "worker"])
def test_all_dns_attempts_fit_into_the_connect_timeout(name: str) -> None:
    options = dict(option.split(":") for option in SERVICES[name]["dns_opt"])
    assert int(options["timeout"]) * int(options["attempts"]) < clients.CONNECT_SECONDS
