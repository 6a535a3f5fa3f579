"""axe finds no violation in any state of the page: each state once, in one width, one language and one theme."""

import pytest

from tests.e2e import accessible
from tests.e2e.profiles import Profiles
from tests.e2e.scene import HANDHELD, Stage
from tests.e2e.states import Walk

stage, module_profiles = accessible.stage, accessible.module_profiles


@pytest.mark.parametrize(("number", "walk"), list(enumerate(accessible.SHOWN)), ids=accessible.NAMES)
async def test_states_of_the_page_break_no_accessibility_rule(
    module_profiles: Profiles, stage: Stage, number: int, walk: Walk
) -> None:
    """Narrow pages are in Chinese, wide ones in English, and the theme alternates from state to state."""
    width = walk.widths[0 if number % 2 else -1]
    locale = "zh-CN" if width in HANDHELD else "en"
    await accessible.assert_accessible(module_profiles, stage, walk, locale, width, number)
