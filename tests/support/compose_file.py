"""docker-compose.yml, and the environment that it gives to containers with an operator's `.env`."""

import re
from typing import Any

import yaml

from tests.support.repository import ROOT

FILE = ROOT / "docker-compose.yml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


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
