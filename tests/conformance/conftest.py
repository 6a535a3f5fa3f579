"""The stack that the suite is run on."""

from collections.abc import AsyncIterator

import pytest

from tests.conformance.own_stack import ScriptedModel, own_stack
from tests.conformance.server import Server
from tests.support.databases import queue_of
from tests.support.stack import Stack


@pytest.fixture(scope="package")
async def tested(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Stack, Server]]:
    """Our own stack, and the server as the suite sees it."""
    if queue_of(redis_url) != redis_url:
        pytest.skip("the suite kills one store, and a Cluster has several")
    async with own_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture
async def server(tested: tuple[Stack, Server]) -> AsyncIterator[Server]:
    """The server; the replies that a check has left open are ended after it."""
    _, server = tested
    yield server
    assert isinstance(server.model_control, ScriptedModel)
    await server.model_control.end_replies()
