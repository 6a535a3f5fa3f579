"""Replies go on where they stopped when their worker is killed."""

from collections.abc import AsyncIterator

import pytest

from tests.chaos import resuming
from tests.chaos.deployment import Deployment, open_deployment


@pytest.fixture(scope="module")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Deployment]:
    folder = tmp_path_factory.mktemp("resuming") / "deployment"
    async with open_deployment(folder, apis=1, workers=2, providers=resuming.providers) as deployment:
        yield deployment


async def test_replies_of_every_dialect_go_on_after_a_kill(deployment: Deployment) -> None:
    figures = await resuming.resumed(deployment, resuming.DIALECTS, 2, kills=2)
    assert figures["resumed"] > 0
