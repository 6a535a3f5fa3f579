"""axe finds no violation in any state of the page, at all widths, in both languages and both themes."""

import pytest

from tests.e2e import accessible
from tests.e2e.profiles import Profiles
from tests.e2e.scene import Stage
from tests.e2e.states import Walk

stage, module_profiles = accessible.stage, accessible.module_profiles
CASES = [
    pytest.param(locale, width, walk, id=f"{walk.name}-{width}-{locale}")
    for locale in accessible.LOCALES
    for walk in accessible.SHOWN
    for width in walk.widths
]


@pytest.mark.parametrize(("locale", "width", "walk"), CASES)
async def test_states_of_the_page_break_no_accessibility_rule(
    module_profiles: Profiles, stage: Stage, locale: str, width: int, walk: Walk
) -> None:
    await accessible.assert_all_accessible(module_profiles, stage, walk, locale, width)
