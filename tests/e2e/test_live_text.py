"""Text while it is written: how it appears, where the page stands, what a selection and a lost worker do to it."""

import re
from typing import Any

from playwright.async_api import Page, expect

from chat.event_log import LogWriter
from chat.settings import Settings
from chat.turns import Turns
from tests.e2e.conversations import dialogue, keep
from tests.e2e.going_on import begin, go_on, write
from tests.e2e.test_chat import send
from tests.e2e.test_earlier_messages import settle, top_of
from tests.e2e.test_versions import ask, over, replies
from tests.support.fixtures import stack_of
from tests.support.model_server import Led, ModelServer, tell
from tests.support.stack import SECRET, Stack

idle = stack_of(workers=0)
"""A stack without a worker."""

LONG = [f"Paragraph {number}.\n\n" for number in range(40)]
COUNT = """
window.hidden = 0;
const add = Highlight.prototype.add;
Highlight.prototype.add = function (range) { window.hidden += 1; return add.call(this, range); };
window.moved = 0;
new PerformanceObserver((list) => {
  // The buttons below a reply give way to its text.
  const isRead = (node) => node?.parentElement?.closest(".log") && !node.matches?.(".actions");
  for (const entry of list.getEntries())
    if (entry.sources.some(({ node }) => isRead(node))) window.moved += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
TURN = "async (id) => (await (await fetch(`/api/chat/history?session_id=${id}`)).json()).active_turn"
LISTEN = """
() => {
  window.heard = [];
  const region = document.querySelector("[data-testid=announcer]");
  const changes = { childList: true, characterData: true, subtree: true };
  const note = () => region.textContent && window.heard.push(region.textContent);
  new MutationObserver(note).observe(region, changes);
}
"""
ALL_THERE = "() => [...CSS.highlights.values()].every(({ size }) => size === 0)"
CARET = """(selector) => {
  const caret = document.querySelector(".caret"), box = [...document.querySelectorAll(selector)].at(-1);
  if (!caret || caret.hidden || !box) return false;
  const [at, within] = [caret, box].map((element) => element.getBoundingClientRect());
  const isBeside = at.left > within.left && at.right <= within.right + 4;
  return isBeside && at.top > within.top - 4 && at.bottom < within.bottom + 4;
}"""


async def test_words_glide_with_a_caret_that_is_in_everything(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("Glide, please", led, tell("Without motion."))
    await page.emulate_media(reduced_motion="no-preference")
    await page.add_init_script(COUNT)
    await page.goto(stack.url)
    await send(page, "Glide, please")
    exchange = await led.exchange()
    for piece, place in [
        ("Some words", ".markdown > p"),
        ("\n\n- one\n  - two", "li li"),
        ("\n\n| a | b |\n|---|---|\n| 1", "tbody td:first-child"),
        ("\n\n> said\n> again", "blockquote"),
        ("\n\n```py\ndef f():\n    x = 1", "pre > code"),
    ]:
        await exchange.say(piece)
        await page.wait_for_function(CARET, arg=place)
    await expect(replies(page).locator("pre .hljs-keyword")).to_have_text("def")
    assert "def f():" in await replies(page).inner_text()
    await exchange.say("\n```\n")
    await led.finish()
    await expect(page.locator(".caret")).to_have_count(0)
    await page.wait_for_function(ALL_THERE)
    assert await page.evaluate("window.hidden") > 0

    await page.emulate_media(reduced_motion="reduce")
    await page.evaluate("window.hidden = 0")
    await page.get_by_test_id("regenerate").click()
    await expect(replies(page)).to_contain_text("Without motion.")
    assert await page.evaluate("window.hidden") == 0


async def test_a_question_goes_to_the_top_and_stays_there(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("At the top, please", led)
    await page.emulate_media(reduced_motion="no-preference")
    await page.add_init_script(COUNT)
    await page.goto(await keep(page, stack, dialogue("Before", "".join(LONG))))
    await expect(page.get_by_text("Paragraph 39.", exact=True)).to_be_in_viewport()
    await settle(page)
    await page.evaluate("window.moved = 0")
    await send(page, "At the top, please")
    exchange = await led.exchange()
    question = page.locator('[data-role="user"]').last
    top = "(row) => row.getBoundingClientRect().top - document.querySelector('.scroller').getBoundingClientRect().top"
    await page.wait_for_function(
        f"() => Math.abs(({top})([...document.querySelectorAll('.question')].at(-1)) - 16) < 2"
    )
    await expect(page.get_by_test_id("to-bottom")).to_have_count(0)
    await exchange.say(*LONG)
    arrow = page.get_by_test_id("to-bottom")
    await expect(arrow).to_have_attribute("data-news", "true")
    await expect(arrow).to_have_accessible_name("New text below")
    assert abs(await question.evaluate(top) - 16) < 2
    assert await page.evaluate("window.moved") == 0

    await page.get_by_test_id("composer").press("End")
    await expect(arrow).to_have_count(0)
    await exchange.say("Last words.")
    await expect(page.get_by_text("Last words.")).to_be_in_viewport()
    await led.finish()


async def test_a_selection_holds_its_block_and_nothing_else(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("Select, please", led)
    await page.goto(stack.url)
    await send(page, "Select, please")
    exchange = await led.exchange()
    await exchange.say("Choose these words")
    words = replies(page).get_by_text("Choose these words", exact=True)
    await words.dblclick(position={"x": 20, "y": 10})
    selected = "() => String(getSelection())"
    assert (await page.evaluate(selected)).strip() == "Choose"
    await exchange.say(" and others.\n\nBehind it.")
    await expect(replies(page)).to_contain_text("Behind it.")
    assert (await page.evaluate(selected)).strip() == "Choose"
    await page.locator(".header").click(position={"x": 400, "y": 5})
    await expect(replies(page).get_by_text("Choose these words and others.", exact=True)).to_be_visible()
    await led.finish()


async def test_a_lost_text_stays_until_the_next_attempt_has_as_much(idle: Stack, page: Page) -> None:
    await page.goto(idle.url)
    await send(page, "Be lost")
    await expect(page.get_by_test_id("stop")).to_be_enabled()
    turn_id = str(await page.evaluate(TURN, page.url.rpartition("/s/")[2]))
    await begin(idle, turn_id, "The old words.")
    await expect(replies(page)).to_contain_text("The old words.")
    claimed: Any = await Turns(idle.store, Settings(secret_key=SECRET)).begin(turn_id, "200")
    writer = LogWriter(turn_id, "200", claimed.turn.seq)
    lost = page.locator(".markdown.lost")
    await expect(lost).to_have_text("The old words.")
    await write(idle, writer, "The new")
    await expect(replies(page)).to_contain_text("restarted")
    await expect(lost).to_have_text("The old words.")
    await write(idle, writer, " words are here.")
    await expect(lost).to_have_count(0)
    await expect(replies(page)).to_contain_text("The new words are here.")


async def test_a_reply_that_goes_on_moves_nothing_on_the_page(idle: Stack, page: Page) -> None:
    await page.goto(idle.url)
    await send(page, "Go on, please")
    await expect(page.get_by_test_id("stop")).to_be_enabled()
    turn_id = str(await page.evaluate(TURN, page.url.rpartition("/s/")[2]))
    await begin(idle, turn_id, "".join(LONG))
    last = page.get_by_text("Paragraph 39.", exact=True)
    await page.get_by_test_id("to-bottom").click()
    await expect(last).to_be_in_viewport()
    await settle(page)
    await page.evaluate(LISTEN)
    top = await top_of(last)

    writer = await go_on(idle, turn_id)
    note = page.get_by_test_id("resuming")
    await expect(note).to_have_text("Another worker continues from here")
    await settle(page)
    assert await top_of(last) == top
    await expect(replies(page)).to_have_attribute("data-state", "streaming")

    await write(idle, writer, "And on.")
    await expect(page.get_by_text("And on.", exact=True)).to_be_visible()
    await expect(note).to_have_count(0)
    await expect(page.get_by_text("Paragraph 0.", exact=True)).to_have_count(1)
    assert await page.evaluate("window.heard") == []


async def test_a_conversation_is_opened_where_it_was_read(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Another one", tell("Short."))
    read = await keep(page, stack, dialogue("Read me", "".join(LONG)))
    await page.goto(read)
    row = page.get_by_text("Paragraph 20.", exact=True)
    await row.evaluate("(row) => row.scrollIntoView({ block: 'center' })")
    await settle(page)
    top = await top_of(row)
    await page.get_by_test_id("new-chat").click()
    await ask(page, "Another one", "Short.")
    for _ in range(2):  # back, then reloaded
        await page.goto(read) if _ else await page.go_back()
        await expect(row).to_be_in_viewport()
        await settle(page)
        assert abs(await top_of(row) - top) < 2
    await page.get_by_test_id("to-bottom").click()
    await settle(page)
    await page.reload()
    await expect(page.get_by_text("Paragraph 39.", exact=True)).to_be_in_viewport()


async def test_leaving_a_conversation_shows_the_welcome_whole(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("Short, please", tell("Short."))
    await page.goto(await keep(page, stack, dialogue("Leave me", "".join(LONG))))
    await over(replies(page), "Paragraph 39")
    await ask(page, "Short, please", "Short.")
    column = page.locator(".column")
    await expect(column).to_have_attribute("style", re.compile("min-height"))
    await settle(page)
    await page.reload()
    await expect(replies(page).last).to_be_in_viewport()
    await settle(page)
    for _ in range(2):  # after a reload, then after a short reply
        await page.get_by_test_id("new-chat").click()
        await expect(page.locator(".chat.fresh")).to_be_visible()
        await expect(page.get_by_test_id("composer")).to_be_in_viewport(ratio=1)
        assert not await column.evaluate("(column) => column.style.minHeight")
        assert await page.locator(".scroller").evaluate("(box) => box.scrollTop") == 0
        await ask(page, "Short, please", "Short.")
    await expect(page.get_by_test_id("to-bottom")).to_have_count(0)
