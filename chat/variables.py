"""Reads the variables that files of settings name: those of the environment and of `.env`."""

import os
from pathlib import Path

from dotenv import dotenv_values


def all_variables() -> dict[str, str]:
    """Returns the variables by their names. Those of the environment override those of `.env`."""
    dotenv = Path(".env")
    in_file = dotenv_values(dotenv, interpolate=False, encoding="utf-8") if dotenv.is_file() else {}
    return {**{name: value for name, value in in_file.items() if value}, **os.environ}
