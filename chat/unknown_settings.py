"""Finds names in the environment and `.env` that look like settings but are none, such as misspelled ones."""

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import structlog
from dotenv import dotenv_values

from chat.settings import Settings

PREFIXES = ("OPENAI_", "REDIS_", "QUEUE_REDIS_", "JWT_", "RATE_LIMIT_")
"""Beginnings of names that hardly any other program uses."""

OTHER_NAMES = {
    "OPENAI_API_BASE": "OPENAI_BASE_URL",
    "OPENAI_API_BASE_URL": "OPENAI_BASE_URL",
    "OPENAI_API_HOST": "OPENAI_BASE_URL",
    "OPENAI_API_URL": "OPENAI_BASE_URL",
    "OPENAI_BASE": "OPENAI_BASE_URL",
    "OPENAI_ENDPOINT": "OPENAI_BASE_URL",
    "OPENAI_HOST": "OPENAI_BASE_URL",
    "OPENAI_KEY": "OPENAI_API_KEY",
    "OPENAI_TOKEN": "OPENAI_API_KEY",
    "OPENAI_MODELS": "MODELS",
    "REDIS_AUTH": "REDIS_PASSWORD",
    "REDIS_DATABASE": "REDIS_DB",
    "REDIS_PASS": "REDIS_PASSWORD",
    "REDIS_USER": "REDIS_URL",
    "REDIS_USERNAME": "REDIS_URL",
}
"""What other programs call our settings, where the spelling alone would suggest another one or none."""

OF_LIBRARIES = frozenset(
    """
    OPENAI_ADMIN_KEY OPENAI_CUSTOM_HEADERS OPENAI_LOG OPENAI_ORG_ID OPENAI_PROJECT_ID OPENAI_WEBHOOK_SECRET
    """.split()
)
"""Variables that the SDK itself reads."""

OF_COMPOSE = frozenset(
    """
    API_MEMORY API_REPLICAS API_TMP API_TRUSTED_PROXIES FRONT_IPV6 FRONT_SUBNET FRONT_SUBNET_6 GRAFANA_MEMORY
    GRAFANA_PORT HOST_ADDRESS MODEL_MEMORY PIDS_LIMIT PROMETHEUS_MEMORY REDIS_MAXMEMORY REDIS_MEMORY WEB_DOCS
    WEB_MAX_IMPORT WEB_MEMORY WEB_PORTS WEB_REPLICAS WEB_SCHEME WEB_TRUSTED_PROXIES WORKER_GRACE WORKER_MEMORY
    WORKER_REPLICAS
    """.split()
)
"""Variables of docker-compose.yml, which may be in the same `.env`."""

OF_KUBERNETES = re.compile(r"\w+_(SERVICE_HOST|SERVICE_PORT\w*|PORT_\d+_(TCP|UDP)\w*)")
"""Variables that Kubernetes sets for each service."""

NEAR = 0.85
"""Similarity of two names, from 0 to 1, from which one is taken for the other's misspelling."""

logger = structlog.get_logger(__name__)


def log(settings: Settings) -> None:
    """Logs each name in the environment or `.env` that has no effect."""
    for name, nearest in found(os.environ, Path(".env"), settings.catalog.variables).items():
        logger.warning("setting_unknown", setting=name, nearest=nearest)


def sentences(settings: Settings) -> Iterator[str]:
    """Yields a sentence for each name in the environment or `.env` that has no effect."""
    for name, nearest in found(os.environ, Path(".env"), settings.catalog.variables).items():
        yield f"{name} is not a setting, so it has no effect. " + (
            f"Did you mean {nearest}?" if nearest else ".env.example lists all settings."
        )


def found(environment: Mapping[str, str], dotenv: Path, keys: Iterable[str] = ()) -> dict[str, str]:
    """Returns the names that look like settings but are none, each with the nearest setting, "" if none is near.

    `keys`: names that the providers' file gives to keys. Values that are empty do not count. Raises `OSError` or
    `UnicodeDecodeError` if the file cannot be read.
    """
    in_file = dotenv_values(dotenv, interpolate=False, encoding="utf-8") if dotenv.is_file() else {}
    given = {name.upper() for source in (environment, in_file) for name, value in source.items() if value}
    settings = {name.upper() for name in Settings.model_fields}
    other = given - settings - OF_LIBRARIES - OF_COMPOSE - {name.upper() for name in keys}
    nearest = {name: nearest_of(name, settings) for name in sorted(other) if not OF_KUBERNETES.fullmatch(name)}
    return {name: near for name, near in nearest.items() if near or name.startswith(PREFIXES)}


def nearest_of(name: str, settings: set[str]) -> str:
    """Returns the setting that a name probably means; "" if there is none."""
    if name in OTHER_NAMES:
        return OTHER_NAMES[name]
    cutoff = 0.7 if name.startswith(PREFIXES) else NEAR
    near = difflib.get_close_matches(name, sorted(settings), 1, cutoff) if len(name) > 6 else []
    return near[0] if near else ""
