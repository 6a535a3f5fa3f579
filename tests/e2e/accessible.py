"""What the short and the long form of the accessibility check of all states share."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.e2e.axe import violations
from tests.e2e.profiles import Profiles
from tests.e2e.scene import Stage, Theme, scene, set_stage
from tests.e2e.states import WALKS, Walk

LOCALES = ("en", "zh-CN")
THEMES: tuple[Theme, Theme] = ("light", "dark")
SHOWN = [walk for walk in WALKS if not walk.print_only]
NAMES = [walk.name for walk in SHOWN]


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


async def assert_accessible(profiles: Profiles, stage: Stage, walk: Walk, locale: str, width: int, first: int) -> None:
    """axe finds no violation in the first state of the walk, nor in what is changed in the next ones.

    The theme alternates from state to state, beginning with that of the number `first`.
    """
    async with scene(profiles, getattr(stage, walk.on), locale, width) as set_up:
        for number, state in enumerate(walk.states, start=first):
            theme = THEMES[number % 2]
            await set_up.page.emulate_media(color_scheme=theme)
            await state.reach(set_up)
            found = await violations(set_up.page, only_changed=state is not walk.states[0])
            assert not found, f"{state.name}, {theme}: {found}"


async def assert_all_accessible(profiles: Profiles, stage: Stage, walk: Walk, locale: str, width: int) -> None:
    """axe finds no violation on the whole page in any state of the walk, in both themes."""
    async with scene(profiles, getattr(stage, walk.on), locale, width) as set_up:
        for state in walk.states:
            await state.reach(set_up)
            for theme in THEMES:
                await set_up.page.emulate_media(color_scheme=theme)
                found = await violations(set_up.page)
                assert not found, f"{state.name}, {theme}: {found}"
