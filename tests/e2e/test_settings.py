"""Settings, own personas, and what is set for a conversation."""

import asyncio
import json
import re

from playwright.async_api import FilePayload, Page, Route, expect

from tests.e2e.test_chat import send
from tests.e2e.test_versions import replies
from tests.support.model_server import ModelServer, tell
from tests.support.stack import Stack


async def attribute(page: Page, name: str) -> str | None:
    value: str | None = await page.evaluate("name => document.documentElement.dataset[name] ?? null", name)
    return value


async def test_settings_have_an_address_and_hold_after_a_reload(stack: Stack, page: Page) -> None:
    await page.goto(f"{stack.url}/#settings")
    part = page.get_by_test_id("settings-part")
    await expect(part).to_be_visible()
    await page.get_by_test_id("set-text-size").get_by_text("Large").click()
    await page.get_by_test_id("set-width").get_by_text("Wide").click()
    await page.get_by_test_id("set-motion").get_by_text("Less").click()
    await page.keyboard.press("Escape")
    await expect(part).to_be_hidden()
    assert "#" not in page.url
    await page.reload()
    assert [await attribute(page, name) for name in ("textSize", "width", "motion")] == ["large", "wide", "less"]
    await page.keyboard.press("Control+,")
    await page.get_by_test_id("settings-data").click()
    await expect(page).to_have_url(re.compile("#settings/data$"))
    await page.go_back()
    await expect(part).to_be_hidden()


async def test_an_own_persona_is_made_used_changed_and_deleted(stack: Stack, model: ModelServer, page: Page) -> None:
    held = asyncio.Queue[Route]()
    await page.route("**/api/me", held.put)
    await page.goto(f"{stack.url}/#settings/personas")
    await expect(page.get_by_test_id("settings-personas")).to_be_focused()
    await expect(page.get_by_test_id("settings-part")).to_have_text("Loading…")
    await (await held.get()).continue_()  # a new visitor has no identity before, and reads nothing
    await page.get_by_test_id("new-persona").click()
    await page.get_by_test_id("save-persona").click()
    await expect(page.get_by_test_id("persona-name")).to_have_attribute("aria-invalid", "true")
    await page.get_by_test_id("persona-name").fill("Sailor")
    await page.get_by_test_id("persona-prompt").fill("You are a sailor.")
    await page.keyboard.press("Escape")
    await expect(page.get_by_test_id("unsaved")).to_be_visible()
    await page.get_by_test_id("unsaved").get_by_role("button").first.click()
    await page.get_by_test_id("save-persona").click()
    await expect(page.get_by_test_id("edit-persona")).to_contain_text("Sailor")
    own = {"cook": {"name": {"zh": "厨师", "en": "Cook"}, "icon": "🍳", "prompt": "You are a cook."}}
    file: FilePayload = {"name": "own.json", "mimeType": "application/json", "buffer": json.dumps(own).encode()}
    await page.get_by_test_id("persona-file").set_input_files(file)
    await expect(page.get_by_test_id("edit-persona")).to_have_count(2)
    await page.get_by_test_id("close-settings").click()

    await page.get_by_test_id("role-picker").click()
    await page.get_by_role("menuitemradio", name="Sailor").click()
    model.on("Ahoy?", tell("Aye"))
    await send(page, "Ahoy?")
    await expect(replies(page)).to_contain_text("Aye")
    (asked,) = model.asked("Ahoy?")
    assert asked.body["messages"][0]["content"] == "You are a sailor."

    await page.get_by_test_id("settings").click()
    await page.get_by_test_id("settings-personas").click()
    await page.get_by_test_id("persona-menu").first.click()
    await page.get_by_role("menuitem", name="Delete").click()
    await page.get_by_test_id("confirm-delete-persona").click()
    await expect(page.get_by_test_id("edit-persona")).to_have_count(1)
    await page.get_by_test_id("close-settings").click()
    await expect(page.get_by_test_id("role-picker")).to_contain_text("Assistant")


async def test_instructions_are_set_in_the_head_and_sent(stack: Stack, model: ModelServer, page: Page) -> None:
    await page.goto(stack.url)
    await page.get_by_test_id("session-settings").click()
    await page.get_by_test_id("instructions").fill("Rhyme.")
    await page.get_by_test_id("temperature").fill("3")
    await page.get_by_test_id("save-session").click()
    await expect(page.get_by_test_id("temperature")).to_have_attribute("aria-invalid", "true")
    await page.get_by_test_id("temperature").fill("0.5")
    await page.get_by_test_id("save-session").click()
    await expect(page.get_by_test_id("session-settings")).to_have_class(re.compile("marked"))
    model.on("Sing", tell("a song"))
    await send(page, "Sing")
    await expect(replies(page)).to_contain_text("a song")
    (asked,) = model.asked("Sing")
    assert asked.body["temperature"] == 0.5
    assert asked.body["messages"][0]["content"].endswith("\n\nRhyme.")
    await page.reload()
    await page.get_by_test_id("session-settings").click()
    await expect(page.get_by_test_id("instructions")).to_have_value("Rhyme.")
    await page.get_by_test_id("cancel-session").click()

    await page.get_by_test_id("log").click()
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.type("hi")
    await expect(page.get_by_test_id("composer")).to_have_value("hi")
    await page.get_by_test_id("composer").fill("")
    await page.keyboard.press("ArrowUp")
    await expect(page.get_by_test_id("edit-text").or_(page.locator(".editor textarea"))).to_be_visible()
