"""States of models: the choice, thinking, and what answers instead of another."""

from playwright.async_api import expect

from tests.e2e.scene import Scene
from tests.e2e.states.table import state


@state(on="several")
async def models_of_providers(scene: Scene) -> None:
    await scene.open()
    await scene.menu("model-picker")


@state(on="several")
async def thinking_asked_for(scene: Scene) -> None:
    await scene.open()
    await scene.get("think").click()
    await expect(scene.get("think")).to_have_attribute("aria-pressed", "true")
