"""Each test runs in Firefox and in WebKit, with a profile of its own. An uncaught error of the page fails it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browsers.firefox import firefox
from tests.browsers.tab import Browser, Tab
from tests.browsers.webkit import webkit
from tests.support.model_server import ModelServer

ENGINES = {"firefox": firefox, "webkit": webkit}


@pytest.fixture(params=ENGINES)
async def browser(request: pytest.FixtureRequest, tmp_path: Path, model: ModelServer) -> AsyncIterator[Browser]:
    model.exchanges.clear()  # of the same test in the other engine
    async with ENGINES[request.param](tmp_path) as running:
        yield running
        assert running.errors == []


@pytest.fixture
async def tab(browser: Browser) -> Tab:
    return await browser.new_tab()
