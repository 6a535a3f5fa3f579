"""Writes the folder that compose runs in: docker-compose.yml unchanged, an operator's `.env`, and additions."""

import json
import resource
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.containers import model
from tests.support.stack import KEY, ROOT, SECRET

FILE = ROOT / "docker-compose.yml"
PASSWORD = "a-password-for-tests-0123456789"
MAX_OPEN_FILES = 65_536

WITHOUT_ORDER = """
services:
  web: { depends_on: !reset null }
  api: { depends_on: !reset null }
  worker: { depends_on: !reset null }
"""
"""For Podman, which removes no container that another one depends on."""


def write(folder: Path, *, ordered: bool) -> tuple[str, ...]:
    """Write everything but `.env`. Returns the names of the compose files."""
    shutil.copy(FILE, folder)
    (folder / "scripted.json").write_text(json.dumps({"services": {"scripted": _scripted()}}), "utf-8")
    (folder / "order.yml").write_text("services: {}\n" if ordered else WITHOUT_ORDER, "utf-8")
    return FILE.name, "scripted.json", "order.yml"


def write_env(folder: Path, scale: Mapping[str, int]) -> None:
    replicas = {f"{service.upper()}_REPLICAS": str(count) for service, count in scale.items()}
    lines = [f"{name}={value}\n" for name, value in {**settings(), **replicas}.items()]
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
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
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
        "OPEN_FILES": str(min(MAX_OPEN_FILES, hard)),
    }


def grace(service: str) -> int:
    """The service's stop grace period in docker-compose.yml, in seconds."""
    given = yaml.safe_load(FILE.read_text("utf-8"))["services"][service]["stop_grace_period"]
    return int(str(given).rpartition(":-")[2].rstrip("}s"))
