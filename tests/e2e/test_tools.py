"""A reply calls tools of a tool server: cards, questions to the reader, stops, and the same after a reload."""

import re
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.e2e.test_chat import send
from tests.support.databases import database
from tests.support.model_server import Exchange, Led, ModelServer, tell
from tests.support.stack import ROOT, Stack, run_stack
from worker.llm.step_prompt import IMAGES

SERVERS = """
[servers.lab]
title = "Lab"
command = ["{python}", "-m", "tests.support.tool_server", "{record}", "stdio"]
env = {{ PYTHONPATH = "{root}" }}
approval = {{ count = "ask", "*" = "always" }}
"""
SHIFTS = """() => {
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
    }).observe({ type: "layout-shift" });
}"""
"""Adds up how far things move by themselves from now on."""

ANNOUNCED = """() => {
    window.announced = [];
    const region = document.querySelector("[data-testid=announcer]");
    new MutationObserver(() => window.announced.push(region.textContent)).observe(region,
        { childList: true, subtree: true, characterData: true });
}"""
"""Keeps what is announced from now on."""

USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


@pytest.fixture(scope="module")
async def stack(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder = tmp_path_factory.mktemp("tools")
    file = folder / "servers.toml"
    file.write_text(SERVERS.format(python=sys.executable, record=folder / "record", root=ROOT), "utf-8")
    async with run_stack(database(redis_url), folder, openai_can="tools,vision", mcp_file=str(file)) as running:
        yield running


@pytest.fixture
def model(stack: Stack) -> ModelServer:
    return stack.model


def calls(name: str, arguments: str, text: str = "", times: int = 1) -> Any:
    """A script that says a text and calls a tool, once or several times in one step."""

    async def script(exchange: Exchange) -> None:
        await exchange.start()
        if text:
            await exchange.say(text)
        for number in range(times):
            await exchange.call(number, f"call_{len(exchange.body['messages'])}_{number}", f"lab__{name}", arguments)
        await exchange.finish("tool_calls", USAGE)

    return script


def card(page: Page) -> Locator:
    return page.get_by_test_id("tool-card").last


def reply(page: Page) -> Locator:
    return page.locator('[data-testid="message"][data-role="assistant"]').last


async def is_in(page: Page, state: str) -> None:
    await expect(card(page)).to_have_attribute("data-call-state", state)


async def is_done(page: Page, text: str) -> None:
    await expect(reply(page)).to_have_attribute("data-state", "done")
    await expect(reply(page)).to_contain_text(text)


async def test_calls_are_cards_and_the_same_after_a_reload(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("What is 1 and 2?", led, tell("It is 3."))
    await page.goto(stack.url)
    await send(page, "What is 1 and 2?")
    exchange = await led.exchange()
    await exchange.say("Let me add.")
    await exchange.call(0, "call_1", "lab__add", '{"a": 1')
    await is_in(page, "arguments")
    await card(page).get_by_test_id("tool-head").click()
    arguments = page.get_by_test_id("tool-arguments")
    await expect(arguments).to_have_text('{\n  "a": 1')
    await exchange.arguments(0, ', "b": 2}')
    await expect(arguments).to_contain_text('"b": 2')
    await led.finish("tool_calls")
    await is_done(page, "It is 3.")
    await is_in(page, "ok")
    for is_reloaded in (False, True):
        if is_reloaded:
            await page.reload()
            await card(page).get_by_test_id("tool-head").click()
        await expect(page.get_by_test_id("tool-result")).to_have_text("3")
        texts = await reply(page).locator(".markdown, [data-testid=tool-head] b").all_inner_texts()
        assert texts == ["Let me add.", "Add two numbers", "It is 3."]


async def test_a_question_is_answered_on_any_device(
    stack: Stack, model: ModelServer, page: Page, context: BrowserContext, device: Page
) -> None:
    model.on("Count, please", calls("count", "{}"), tell("Counted."))
    model.on("Count again", calls("count", "{}"), tell("Not counted."))
    await page.goto(stack.url)
    await send(page, "Count, please")
    await expect(page.get_by_test_id("approval")).to_contain_text("“count” of the server “Lab”")
    await expect(page.get_by_test_id("composer")).to_be_focused()
    await expect(page.get_by_test_id("announcer")).to_contain_text("may the tool")

    await device.context.add_cookies(await context.cookies())  # type: ignore[arg-type]
    await device.goto(page.url)
    await expect(device.get_by_test_id("approval")).to_be_visible()
    await expect(device.get_by_test_id("answer-mark")).to_be_visible()
    await page.keyboard.press("Alt+a")
    await expect(page.get_by_test_id("allow-once")).to_be_focused()
    await page.keyboard.press("Enter")
    for each in (page, device):
        await is_done(each, "Counted.")
        await expect(each.get_by_test_id("approval")).to_have_count(0)

    await send(device, "Count again")
    await device.get_by_test_id("deny").click()
    await device.get_by_test_id("deny-word").fill("Not now.")
    await device.get_by_test_id("deny-now").click()
    await is_done(device, "Not counted.")
    await is_in(device, "denied")
    (_, prompt) = [exchange.body["messages"] for exchange in model.asked("Count again")]
    assert "Not now." in prompt[-1]["content"]


async def test_questions_of_one_step_are_answered_by_keyboard(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Count twice", calls("count", "{}", times=2), tell("Counted once."))
    await page.goto(stack.url)
    await page.evaluate(ANNOUNCED)
    await send(page, "Count twice")
    announcer, (first, second) = (
        page.get_by_test_id("announcer"),
        (page.get_by_test_id("tool-card").nth(n) for n in (0, 1)),
    )
    await expect(page.get_by_test_id("approval")).to_have_count(2)
    await expect(announcer).to_contain_text("There is one more question.")
    assert await page.evaluate("window.announced.filter((text) => text.includes('may the tool')).length") == 1
    await page.keyboard.press("Alt+a")
    await page.keyboard.press("Enter")
    await expect(first).to_have_attribute("data-call-state", "allowed")
    await expect(first).to_contain_text("Waits for your other answers.")
    await expect(first.get_by_test_id("tool-head")).to_be_focused()
    await expect(announcer).not_to_contain_text("more question")
    await expect(announcer).to_contain_text("may the tool")
    await page.keyboard.press("Alt+a")
    await expect(second.get_by_test_id("allow-once")).to_be_focused()
    for key in ("Tab", "Tab", "Enter"):
        await page.keyboard.press(key)
    await page.keyboard.type("Once is enough.")
    await page.keyboard.press("Enter")
    await is_done(page, "Counted once.")
    await expect(second.get_by_test_id("tool-head")).to_be_focused()
    await expect(first).to_have_attribute("data-call-state", "ok")
    await expect(second).to_have_attribute("data-call-state", "denied")


async def test_a_tool_asks_the_reader_and_shows_pictures(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Greet me", calls("greet", "{}"), calls("picture", "{}"))
    model.on(IMAGES, tell("That was it."))
    await page.goto(stack.url)
    await send(page, "Greet me")
    await page.get_by_test_id("send-input").click()
    await expect(page.get_by_role("alert")).to_contain_text("Please fill this in.")
    await page.get_by_test_id("input-form").get_by_role("textbox").fill("Jo")
    await page.get_by_test_id("send-input").click()
    await is_done(page, "That was it.")
    heads = page.get_by_test_id("tool-head")
    await heads.nth(0).click()
    await expect(page.get_by_test_id("tool-result")).to_have_text("Hello Jo")
    await heads.nth(1).click()
    await page.get_by_test_id("picture").click()
    await expect(page.get_by_test_id("viewer")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.goto(f"{stack.url}/#settings/tools")
    await expect(page.get_by_test_id("tool-server")).to_contain_text("Lab")
    await expect(page.get_by_test_id("tool-row").filter(has_text="count")).to_contain_text("Asks you first")


async def test_a_tool_that_runs_is_stopped(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Wait long", calls("wait", '{"seconds": 600, "steps": 10000}', "One moment."))
    await page.goto(stack.url)
    await send(page, "Wait long")
    await is_in(page, "running")
    await expect(page.get_by_test_id("tool-progress")).to_be_visible()
    await page.evaluate(SHIFTS)
    await expect(card(page)).to_contain_text(re.compile(r"step \d{2}"))
    assert await page.evaluate("window.shifted") == 0
    await page.get_by_test_id("stop").click()
    await expect(reply(page)).to_have_attribute("data-state", "stopped")
    await expect(card(page)).not_to_have_attribute("data-call-state", "running")
    await page.reload()
    await expect(reply(page)).to_contain_text("One moment.")
    await expect(card(page)).not_to_have_attribute("data-call-state", "running")
