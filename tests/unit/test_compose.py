"""The compose file restricts its services, gives them time to stop, and matches the settings."""

import ipaddress
import re

import pytest
from pydantic import SecretStr

from chat.settings import Settings
from chat.store import clients
from tests.support.compose_file import COMPOSE, FILE, SERVICES, environment, interpolated, seconds
from tests.support.repository import ROOT

OWN = [name for name, service in SERVICES.items() if service["image"].startswith("holdfast-")]
"""The services that run images of this repository."""
SECRETS = {name.upper() for name, field in Settings.model_fields.items() if field.annotation is SecretStr}
NEEDED = {
    "api": {"SECRET_KEY", "SECRET_KEY_PREVIOUS", "REDIS_PASSWORD"},
    "worker": {"OPENAI_API_KEY", "REDIS_PASSWORD"},
}
"""The secrets that each service with an env_file needs."""


def default(text: str) -> str:
    """Returns the default in `${NAME:-default}`."""
    found = re.fullmatch(r"\$\{\w+:-(.+)\}", text)
    assert found, text
    return found[1]


def megabytes(text: str) -> int:
    """Returns the megabytes of the default in `${NAME:-2g}`."""
    amount = default(text)
    return int(amount[:-1]) * {"m": 1, "g": 1024}[amount[-1]]


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


@pytest.mark.parametrize("name", NEEDED)
def test_settings_of_a_redis_elsewhere_do_not_reach_compose(name: str) -> None:
    """Those of the separate processes may be in the same `.env`; only a REDIS_URL names another server."""
    given = environment(name, {"REDIS_HOST": "127.0.0.1", "REDIS_PORT": "6380", "REDIS_PASSWORD": "p"})
    assert (given["REDIS_HOST"], given["REDIS_PORT"]) == ("redis", "6379")
    assert environment(name, {"REDIS_URL": "redis://10.0.0.5"})["REDIS_URL"] == "redis://10.0.0.5"


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


@pytest.mark.parametrize("name", OWN)
def test_a_scalable_service_has_no_fixed_name_or_port(name: str) -> None:
    assert "container_name" not in SERVICES[name]
    assert name == "web" or "ports" not in SERVICES[name]


def test_a_service_starts_after_its_healthy_dependencies() -> None:
    waits = {name: service.get("depends_on", {}) for name, service in SERVICES.items() if name in OWN}
    for name, asked in (("web", "api"), ("api", "redis"), ("worker", "redis"), ("worker", "model")):
        assert waits[name][asked]["condition"] == "service_healthy"
    assert waits["worker"]["model"]["required"] is False
    assert SERVICES["model"]["profiles"] == ["demo"]
    assert waits["model"] == {}


def test_stop_grace_periods_exceed_the_drain_times() -> None:
    worker = SERVICES["worker"]
    assert seconds(worker["stop_grace_period"]) > seconds(worker["environment"]["DRAIN_SECONDS"]) + 10
    assert seconds(SERVICES["api"]["stop_grace_period"]) > 10


def test_the_handbook_changes_both_times_of_a_worker() -> None:
    handbook = (ROOT / "docs" / "operations.md").read_text("utf-8")
    (given,) = re.findall(r"^TURN_TIMEOUT=(\d+)\nDRAIN_SECONDS=(\d+)\nWORKER_GRACE=(\d+)s$", handbook, re.MULTILINE)
    turn, drain, grace = map(int, given)
    assert turn <= drain == grace - 15
    assert environment("worker", {"DRAIN_SECONDS": str(drain)})["DRAIN_SECONDS"] == str(drain)


@pytest.mark.parametrize("name", ["api", "worker"])
def test_every_variable_of_a_service_is_a_known_setting(name: str) -> None:
    known = {field.upper() for field in Settings.model_fields}
    assert SERVICES[name]["environment"].keys() <= known


def test_only_valkey_has_a_writable_volume() -> None:
    volumes = [(name, volume) for name, service in SERVICES.items() for volume in service.get("volumes", [])]
    assert [name for name, volume in volumes if not volume.endswith(":ro")] == ["api", "redis"]
    assert list(COMPOSE["volumes"]) == ["valkey", "files"]


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
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", FILE.read_text("utf-8")))
    assert used <= set(re.findall(r"\w+", documented))


@pytest.mark.parametrize("name", ["api", "worker"])
def test_all_dns_attempts_fit_into_the_connect_timeout(name: str) -> None:
    options = dict(option.split(":") for option in SERVICES[name]["dns_opt"])
    assert int(options["timeout"]) * int(options["attempts"]) < clients.CONNECT_SECONDS


def test_each_image_is_built_once() -> None:
    built = [SERVICES[name]["image"] for name in OWN if "build" in SERVICES[name]]
    assert sorted(built) == sorted({SERVICES[name]["image"] for name in OWN})
    assert all("build" in SERVICES[name] or SERVICES[name]["pull_policy"] == "never" for name in OWN)


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_from_a_registry_has_a_full_version(name: str) -> None:
    image = SERVICES[name]["image"]
    assert name in OWN or re.search(r":v?\d+\.\d+\.\d+(-\w+)?$", image), image


def test_base_images_have_full_versions() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    versions = dict(re.findall(r"^ARG (\w+)=(.+)$", text, re.MULTILINE))
    assert {name for name, version in versions.items() if re.match(r"\d+\.\d+\.\d+", version)} == set(versions)
    outside = re.findall(r"^FROM (docker\.io/\S+)", text, re.MULTILINE)
    assert {image.rpartition(":")[2] for image in outside} == {f"${{{name}}}" for name in versions}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_limits_that_can_be_set(name: str) -> None:
    service = SERVICES[name]
    assert service["mem_limit"] == f"${{{name.upper()}_MEMORY:-{default(service['mem_limit'])}}}"
    assert service["pids_limit"] == "${PIDS_LIMIT:-512}"
    assert int(service["logging"]["options"]["max-file"]) == 3
    assert "ulimits" not in service  # a value above the engine's own limit prevents the start


def test_upgrades_name_commands_for_what_the_script_leaves() -> None:
    handbook = (ROOT / "docs" / "operations.md").read_text("utf-8")
    section = handbook.partition("\n## Upgrades\n")[2].partition("\n## ")[0]
    named = " ".join(re.findall(r"docker compose up -d .*--no-deps ([a-z ]+)", section)).split()
    assert set(named) == SERVICES.keys() - {"worker", "api", "web"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_tmpfs_fits_into_the_memory_of_its_service(name: str) -> None:
    service = SERVICES[name]
    sizes = [re.search(r"[:,]size=(\d+)m", interpolated(tmpfs, {})) for tmpfs in service["tmpfs"]]
    assert all(sizes), "a tmpfs without a size takes half of the machine's memory"
    assert sum(int(size[1]) for size in sizes if size) <= megabytes(service["mem_limit"]) / 1.5


def test_two_files_to_import_fit_into_tmp() -> None:
    (size,) = (re.fullmatch(r"/tmp:size=(\d+)m", interpolated(tmpfs, {})) for tmpfs in SERVICES["api"]["tmpfs"])
    assert size
    assert 2 * Settings.model_fields["max_import_bytes"].default < int(size[1]) << 20


def test_the_web_tiers_limit_of_a_file_can_be_set() -> None:
    default_size = environment("web", {})["WEB_MAX_IMPORT"]
    assert f"{{$WEB_MAX_IMPORT:{default_size}}}" in (ROOT / "web" / "Caddyfile").read_text("utf-8")
    assert environment("web", {"WEB_MAX_IMPORT": "301MiB"})["WEB_MAX_IMPORT"] == "301MiB"


def test_metrics_and_dashboards_are_written_to_tmp() -> None:
    """Users 65534 and 472 run Prometheus and Grafana, and may write to a tmpfs at /tmp only, in both engines."""
    for name in ("prometheus", "grafana"):
        assert [mount.partition(":")[0] for mount in SERVICES[name]["tmpfs"]] == ["/tmp"]
    assert SERVICES["grafana"]["environment"]["GF_PATHS_DATA"] == "/tmp"
    command = SERVICES["prometheus"]["command"]
    assert "--storage.tsdb.path=/tmp/prometheus" in command
    assert "--storage.tsdb.retention.size=256MB" in command


def test_a_service_has_time_to_start() -> None:
    assert SERVICES["redis"]["healthcheck"]["start_period"] == "30m"
    assert seconds(SERVICES["worker"]["healthcheck"]["start_period"]) >= 60
    periods = re.findall(r"--start-period=(\w+)", (ROOT / "Dockerfile").read_text("utf-8"))
    assert periods == ["60s", "5m", "30s"]


def test_the_front_network_has_fixed_addresses() -> None:
    front = COMPOSE["networks"]["front"]
    four, six = (default(config["subnet"]) for config in front["ipam"]["config"])
    handbook = (ROOT / "docs" / "operations.md").read_text("utf-8")
    gateways = [str(next(ipaddress.ip_network(subnet).hosts())) for subnet in (four, six)]
    assert "WEB_TRUSTED_PROXIES={}/32 {}/128".format(*gateways) in handbook
    assert default(front["enable_ipv6"]) == "false"


@pytest.mark.parametrize("name", ["api", "worker"])
def test_a_service_reaches_servers_on_its_machine(name: str) -> None:
    assert SERVICES[name]["extra_hosts"] == ["host.docker.internal:${HOST_ADDRESS:-host-gateway}"]
    assert "out" in SERVICES[name]["networks"]
