"""axe finds no violation in any state of lists, menus and dialogs, in the light and the dark theme."""

from tests.e2e import accessible
from tests.e2e.profiles import Profiles
from tests.e2e.scene import Stage
from tests.e2e.states import State

stage, module_profiles = accessible.stage, accessible.module_profiles
STATES = ("contents", "search", "shell")


@accessible.each_state(*STATES)
async def test_each_state_of_the_page_breaks_no_accessibility_rule(
    module_profiles: Profiles, stage: Stage, number: int, state: State
) -> None:
    await accessible.assert_accessible(module_profiles, stage, number, state)
