"""The folder that compose runs in: docker-compose.yml as it stands, an `.env` like an operator's, and our additions."""

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
MOST_OPEN_FILES = 65_536

WITHOUT_ORDER = """
services:
  web: { depends_on: !reset null }
  api: { depends_on: !reset null }
  worker: { depends_on: !reset null }
"""
"""For Podman, which lets no container go that another one was to wait for."""


def write(folder: Path, *, ordered: bool) -> tuple[str, ...]:
    """Put everything there but `.env`; the names of the compose files."""
    shutil.copy(FILE, folder)
    (folder / "scripted.json").write_text(json.dumps({"services": {"scripted": _scripted()}}), "utf-8")
    (folder / "order.yml").write_text("services: {}\n" if ordered else WITHOUT_ORDER, "utf-8")
    return FILE.name, "scripted.json", "order.yml"


def write_env(folder: Path, scale: Mapping[str, int]) -> None:
    replicas = {f"{service.upper()}_REPLICAS": str(count) for service, count in scale.items()}
    lines = [f"{name}={value}\n" for name, value in {**settings(), **replicas}.items()]
    (folder / ".env").write_text("".join(lines), "utf-8")


def _scripted() -> dict[str, Any]:
    """The service of the scripted model: the application's image with our tests in it."""
    return {
        "image": "holdfast-app",
        "command": ["python", "-m", model.__name__],
        "volumes": [f"{ROOT / 'tests'}:/app/tests:ro"],
        "healthcheck": {"disable": True},
        "networks": ["back"],
    }


def settings() -> dict[str, str]:
    """A model, secrets, ports for several web tiers, and no limit for a crowd from one address."""
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
        "OPEN_FILES": str(min(MOST_OPEN_FILES, hard)),
    }


def grace(service: str) -> int:
    """Seconds that docker-compose.yml gives a container to stop."""
    given = yaml.safe_load(FILE.read_text("utf-8"))["services"][service]["stop_grace_period"]
    return int(str(given).rpartition(":-")[2].rstrip("}s"))
