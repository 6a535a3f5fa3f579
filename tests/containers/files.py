"""Writes the folder that compose runs in: docker-compose.yml unchanged, an operator's `.env`, and additions."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.containers import model
from tests.support.stack import KEY, ROOT, SECRET

FILE = ROOT / "docker-compose.yml"
PASSWORD = "a-password-for-tests-0123456789"
SUBNETS = {"FRONT_SUBNET": "10.213.78.0/24", "FRONT_SUBNET_6": "fd5c:1d7e:9a42:78::/64"}
GATEWAY = "10.213.78.1"
"""Networks of its own, so that an installation may run meanwhile; the address that `web` sees of this machine."""

OF_PODMAN = {"HOST_ADDRESS": "127.0.0.1"}
"""Podman before 4.7 knows no `host-gateway`. No scenario reaches this machine from a container."""

WITHOUT_ORDER = """
services:
  web: { depends_on: !reset null }
  api: { depends_on: !reset null }
  worker: { depends_on: !reset null }
"""
"""For Podman, which removes no container that another one depends on."""

SCALABLE = ("web", "api", "worker")


def write(folder: Path, services: Mapping[str, Any], *, ordered: bool) -> tuple[str, ...]:
    """Write everything but `.env`, with these additions to the services. Returns the names of the compose files."""
    shutil.copy(FILE, folder)
    shutil.copytree(ROOT / "deploy" / "observability", folder / "deploy" / "observability", dirs_exist_ok=True)
    (folder / "scripted.json").write_text(json.dumps({"services": {"scripted": _scripted(), **services}}), "utf-8")
    (folder / "order.yml").write_text("services: {}\n" if ordered else WITHOUT_ORDER, "utf-8")
    return FILE.name, "scripted.json", "order.yml"


def write_env(folder: Path, others: Mapping[str, str], scale: Mapping[str, int]) -> None:
    """Write `.env` with these other settings and replicas. An empty setting is left out."""
    replicas = {f"{service.upper()}_REPLICAS": str(scale[service]) for service in SCALABLE}
    chosen = {**settings(), **others, **replicas}
    lines = [f"{name}={value}\n" for name, value in chosen.items() if value]
    (folder / ".env").write_text("".join(lines), "utf-8")


def _scripted() -> dict[str, Any]:
    """The service of the scripted model: the application's image with `tests` mounted."""
    return {
        "image": "holdfast-app",
        "command": ["python", "-m", model.__name__],
        "volumes": [f"{ROOT / 'tests'}:/app/tests:ro"],
        "healthcheck": {"disable": True},
        "networks": ["back"],
    }


def settings() -> dict[str, str]:
    """The `.env`: a model, secrets, ports for several web tiers, and no limits for many users behind one address."""
    return {
        "SECRET_KEY": SECRET,
        "REDIS_PASSWORD": PASSWORD,
        "OPENAI_BASE_URL": f"http://scripted:{model.PORT}/v1",
        "OPENAI_API_KEY": KEY,
        "OPENAI_MODEL": "scripted",
        "SESSION_TITLES": "false",
        "RATE_LIMIT_USER": "0",
        "RATE_LIMIT_ADDRESS": "0",
        "MAX_ACTIVE_TURNS_PER_ADDRESS": "0",
        "WEB_PORTS": "127.0.0.1:",
        **SUBNETS,
    }


def grace(service: str) -> int:
    """The service's stop grace period in docker-compose.yml, in seconds."""
    given = yaml.safe_load(FILE.read_text("utf-8"))["services"][service]["stop_grace_period"]
    return int(str(given).rpartition(":-")[2].rstrip("}s"))
