"""What the tests of the states' accessibility share. Several files have them, so that several processes do."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.e2e.axe import violations
from tests.e2e.profiles import Profiles
from tests.e2e.scene import Stage, scene, set_stage
from tests.e2e.states import STATES, State

LOCALES = ("en", "zh-CN")


@pytest.fixture(scope="module")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    async with set_stage(tmp_path_factory.mktemp("stage")) as made:
        yield made


@pytest.fixture(scope="module")
async def module_profiles(browser: Browser) -> AsyncIterator[Profiles]:
    """The profiles of this module alone, whose processes end with it."""
    profiles = Profiles(browser)
    yield profiles
    await profiles.close()


def each_state(*modules: str) -> pytest.MarkDecorator:
    """Gives a test `number` and `state` of each state on a screen that these modules of `tests.e2e.states` have."""
    shown = [state for state in STATES if not state.print_only and state.module in modules]
    return pytest.mark.parametrize(("number", "state"), list(enumerate(shown)), ids=[state.name for state in shown])


async def assert_accessible(profiles: Profiles, stage: Stage, number: int, state: State) -> None:
    """axe finds no violation. Widths and languages alternate from state to state; both themes are checked each time."""
    width = state.widths[number % len(state.widths)]
    async with scene(profiles, getattr(stage, state.on), LOCALES[number // 2 % 2], width) as set_up:
        await state.reach(set_up)
        assert await violations(set_up.page) == []
        await set_up.page.emulate_media(color_scheme="dark")
        assert await violations(set_up.page, "color-contrast") == []
