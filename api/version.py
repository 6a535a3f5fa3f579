"""The version of this release."""

import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"


def read_version() -> str:
    """Returns the version that pyproject.toml names."""
    return str(tomllib.loads(PROJECT.read_text("utf-8"))["project"]["version"])
