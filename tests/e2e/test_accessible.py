"""axe finds no violation in any state of the page, in the light and the dark theme."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.e2e.axe import violations
from tests.e2e.scene import Stage, scene, set_stage
from tests.e2e.states import STATES, State

SHOWN = [state for state in STATES if not state.print_only]


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with set_stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.mark.parametrize(("number", "state"), list(enumerate(SHOWN)), ids=[state.name for state in SHOWN])
async def test_each_state_of_the_page_breaks_no_accessibility_rule(
    browser: Browser, stage: Stage, number: int, state: State
) -> None:
    """Widths and languages alternate from state to state; both themes are checked each time."""
    width = state.widths[number % len(state.widths)]
    locale = ("en", "zh-CN")[number // 2 % 2]
    async with scene(browser, getattr(stage, state.on), locale, width) as set_up:
        await state.reach(set_up)
        assert await violations(set_up.page) == []
        await set_up.page.emulate_media(color_scheme="dark")
        assert await violations(set_up.page, "color-contrast") == []
