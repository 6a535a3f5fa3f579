"""Fixtures for a real Chromium. `make test` finds or installs it and sets `CHROMIUM` to its path."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright, expect

from launcher.setup.browser import NAMES
from tests.e2e.profiles import Profiles
from tests.support.waiting import PATIENCE

FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--renderer-process-limit=1",  # starts no spare process for each context
]

NO_OPTIMIZER = "--js-flags=--no-maglev --no-turbofan --single-threaded"
"""A page of a test lives for seconds: to optimize its code takes more CPU time than optimized code saves."""

STILL: dict[str, Any] = {
    "locale": "en-US",
    "viewport": {"width": 1280, "height": 800},
    "reduced_motion": "reduce",
}

HERE = Path(__file__).parent

expect.set_options(timeout=PATIENCE * 1000)


def _chromium() -> str:
    found = os.environ.get("CHROMIUM") or next((path for name in NAMES if (path := shutil.which(name))), None)
    assert found, "No Chromium: install it, or name its program in CHROMIUM."
    return found


async def launch(playwright: Playwright, *more: str) -> Browser:
    flags = [*FLAGS, *more, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return await playwright.chromium.launch(executable_path=_chromium(), args=flags)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let a failed browser test run once more: a busy machine can hold a browser's frames and timers back for seconds.

    What failed first is printed as RERUN at the end of the run: a finding, to be corrected like a failure.
    """
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await launch(playwright, NO_OPTIMIZER)
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
def profiles(browser: Browser) -> Profiles:
    return Profiles(browser)


@pytest.fixture
async def context(profiles: Profiles) -> AsyncIterator[BrowserContext]:
    """The browser profile of a new user. A test that changes its clock or scripts calls `profiles.spoil(context)`.

    Nothing moves in its pages: each frame of an animation costs CPU time. A test of motion asks for it with
    `page.emulate_media(reduced_motion="no-preference")`.
    """
    async with profiles.context(**STILL) as context:
        yield context


@pytest.fixture
async def device(profiles: Profiles) -> AsyncIterator[Page]:
    """A page of another device. A test gives it the cookies of the first page, once that has an identity."""
    async with profiles.context(**STILL) as context:
        yield await context.new_page()


@pytest.fixture
async def page(context: BrowserContext) -> AsyncIterator[Page]:
    """A page; any error in its console fails the test."""
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    assert errors == []
