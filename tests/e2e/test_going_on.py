"""A reply that a lost worker began, and another one goes on with: nothing moves, and nothing is announced twice."""

from playwright.async_api import Page, expect

from tests.e2e.going_on import begin, go_on, write
from tests.e2e.test_chat import send
from tests.e2e.test_earlier_messages import settle, top_of
from tests.e2e.test_versions import replies
from tests.support.fixtures import stack_of
from tests.support.stack import Stack

idle = stack_of(workers=0)
"""A stack without a worker."""

LONG = "".join(f"Paragraph {number}.\n\n" for number in range(40))
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


async def test_a_reply_that_goes_on_moves_nothing_on_the_page(idle: Stack, page: Page) -> None:
    await page.goto(idle.url)
    await send(page, "Go on, please")
    await expect(page.get_by_test_id("stop")).to_be_enabled()
    turn_id = str(await page.evaluate(TURN, page.url.rpartition("/s/")[2]))
    await begin(idle, turn_id, LONG)
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
