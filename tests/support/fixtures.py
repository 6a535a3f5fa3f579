"""Makes fixtures that differ only in settings."""

from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest

from tests.support.databases import database
from tests.support.stack import Stack, run_stack


def stack_of(
    scope: Literal["module", "package"] = "module", *, apis: int = 1, workers: int = 1, **settings: str
) -> Any:
    """Make a fixture: a stack with these settings on a database of its own."""

    @pytest.fixture(scope=scope)
    async def running(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
        folder = tmp_path_factory.mktemp("stack")
        async with run_stack(database(redis_url), folder, apis=apis, workers=workers, **settings) as stack:
            yield stack

    return running
