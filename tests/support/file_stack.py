"""A stack that keeps files: with models that can see and others, and with small limits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.support.databases import database
from tests.support.providers import Providers, run_with_file

TEXT = """
default = "blind"

[[providers]]
name = "First"
base_url = "{first}"
key_env = "PROVIDER_KEY"

[[providers.models]]
id = "blind"

[[providers.models]]
id = "seeing"
can = ["vision"]
fallback = ["blind", "also-seeing"]

[[providers.models]]
id = "also-seeing"
can = ["vision"]

[[providers.models]]
id = "short"
context_length = 1000
"""

NOTES = b"# Notes\n\nThe launch is on Tuesday.\n"


@asynccontextmanager
async def run_with_models(redis_url: str, folder: Path) -> AsyncIterator[Providers]:
    """Runs the stack; the files are in `folder`."""
    limits: Any = {"max_file_bytes": "2000000", "max_files_per_message": "3", "max_file_bytes_per_user": "3000000"}
    async with run_with_file(database(redis_url), folder, TEXT, **limits) as running:
        yield running
