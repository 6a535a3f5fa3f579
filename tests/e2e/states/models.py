"""States of models: the choice, thinking, and what answers instead of another."""

from playwright.async_api import expect

from tests.e2e.scene import Scene
from tests.e2e.states.table import state
from tests.support.model_server import Led, refuse, tell


@state(on="several")
async def models_of_providers(scene: Scene) -> None:
    await scene.open()
    await scene.menu("model-picker")


@state(after=models_of_providers)
async def thinking_asked_for(scene: Scene) -> None:
    await scene.page.keyboard.press("Escape")
    await scene.get("think").click()
    await expect(scene.get("think")).to_have_attribute("aria-pressed", "true")


@state(after=thinking_asked_for)
async def another_model_asked(scene: Scene) -> None:
    await scene.reset()
    scene.stack.model.on(scene.words.question, refuse(404), Led())
    await scene.ask(scene.words.question)
    await expect(scene.reply).to_have_attribute("data-state", "retrying")


@state(after=another_model_asked)
async def another_model_answered(scene: Scene) -> None:
    await scene.reset()
    scene.stack.model.on(scene.words.question, refuse(404), tell(scene.words.answer))
    await scene.ask(scene.words.question)
    await expect(scene.reply).to_have_attribute("data-state", "done")
    await scene.get("facts").click()
    await expect(scene.get("fact-list")).to_be_visible()
