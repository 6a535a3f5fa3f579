"""A stack for the browser with models of two providers."""

from collections.abc import AsyncIterator

import pytest

from tests.support.databases import database
from tests.support.model_server import ModelServer
from tests.support.providers import Providers, run_with_file
from tests.support.stack import Stack

PROVIDERS = """
default = "lumen"

[[providers]]
name = "Nimbus"
base_url = "{first}"
key_env = "PROVIDER_KEY"

[[providers.models]]
id = "lumen"
label = "Lumen 3"
can = ["thinking", "vision"]
thinking_on = { enable_thinking = true }
thinking_off = { enable_thinking = false }
fallback = ["lumen-mini", "sage"]

[[providers.models]]
id = "lumen-mini"
label = "Lumen 3 mini"
can = ["vision"]

[[providers]]
name = "Workshop"
base_url = "{second}"

[[providers.models]]
id = "sage"
label = "Sage 8B"

[[providers.models]]
id = "sage-thinker"
label = "Sage 8B Thinker"
can = ["thinking"]
"""


@pytest.fixture(scope="module")
async def providers(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Providers]:
    async with run_with_file(database(redis_url), tmp_path_factory.mktemp("providers"), PROVIDERS) as running:
        yield running


@pytest.fixture
def stack(providers: Providers) -> Stack:
    return providers.stack


@pytest.fixture
def model(providers: Providers) -> ModelServer:
    """The first provider's server."""
    return providers.servers["first"]


@pytest.fixture
def other_model(providers: Providers) -> ModelServer:
    """The second provider's server."""
    return providers.servers["second"]
