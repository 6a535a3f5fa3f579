"""The page without a network, behind a proxy that holds streams back, in a translator, left and come back to."""

from pathlib import Path
from signal import SIGCONT, SIGSTOP

from playwright.async_api import BrowserContext, Page, expect

from tests.e2e.profiles import Profiles
from tests.e2e.test_chat import send, stored
from tests.e2e.test_versions import replies
from tests.support.databases import database
from tests.support.holding_proxy import HoldingProxy
from tests.support.model_server import Led, ModelServer, tell
from tests.support.stack import Stack, run_stack
from tests.support.waiting import eventually

TRANSLATE = """
() => {
  const translate = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) texts.push(walker.currentNode);
    for (const text of texts) {
      const parent = text.parentElement;
      if (!text.nodeValue.trim() || !parent || parent.closest("font, textarea, script, style")) continue;
      const outer = document.createElement("font"), inner = document.createElement("font");
      inner.textContent = text.nodeValue;
      outer.append(inner);
      parent.replaceChild(outer, text);
    }
  };
  translate(document.body);
  new MutationObserver(() => translate(document.body)).observe(document.body, { childList: true, subtree: true });
}
"""
LEAVE = "() => window.dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"
COME_BACK = "() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"


async def test_questions_sent_offline_are_sent_in_order_and_once(
    stack: Stack, model: ModelServer, context: BrowserContext
) -> None:
    page = await context.new_page()
    for text in ("first", "second", "changed", "third"):
        model.on(text, tell(f"re {text}"))
    await page.goto(stack.url)
    await send(page, "first")
    await expect(replies(page)).to_have_attribute("data-state", "done")

    await context.set_offline(True)
    shown = page.get_by_test_id("connection")
    await expect(shown).to_have_attribute("data-line", "offline")
    waiting = page.get_by_test_id("unsent-question")
    for count, text in enumerate(("second", "gone", "third"), start=1):
        await send(page, text)
        await expect(waiting).to_have_count(count)
    await expect(page.locator(".dock .notice")).to_have_count(1)
    await waiting.nth(1).get_by_test_id("unsent-remove").click()
    await waiting.nth(0).get_by_test_id("unsent-edit").click()
    await page.get_by_test_id("edit-text").fill("changed")
    await page.get_by_test_id("resend").click()
    await expect(waiting.nth(0)).to_contain_text("changed")

    await page.route("**/api/**", lambda route: route.abort())
    await context.set_offline(False)
    await page.reload()
    await page.unroute("**/api/**")
    await expect(shown).to_have_count(0)
    await expect(waiting).to_have_count(0)
    await expect(replies(page).last).to_contain_text("re third")
    await expect(replies(page).last).to_have_attribute("data-state", "done")
    asked = [message["content"] for message in await stored(page) if message["role"] == "user"]
    assert asked == ["first", "changed", "third"]
    await page.close()


async def test_a_proxy_that_holds_streams_back_is_noticed(
    stack: Stack, model: ModelServer, context: BrowserContext
) -> None:
    async with HoldingProxy(stack.url).serve() as proxy:
        led = Led()
        model.on("Through a proxy", led)
        page = await context.new_page()
        await page.goto(proxy.url)
        await send(page, "Through a proxy")
        exchange = await led.exchange()
        await exchange.say("so far ")
        await expect(replies(page)).to_contain_text("so far")
        await exchange.say("and more")
        await expect(replies(page)).to_contain_text("so far and more")
        await expect(page.get_by_test_id("connection")).to_have_count(0)

        await page.reload()
        before = len(proxy.asked)
        await expect(replies(page)).to_contain_text("so far and more")
        await led.finish()
        await expect(replies(page)).to_have_attribute("data-state", "done")
        assert not [target for target in proxy.asked[before:] if "ping=event" in target]
        await page.close()


async def test_a_page_that_a_translator_rewrites_goes_on(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("Translate me", led)
    await page.goto(stack.url)
    await page.evaluate(TRANSLATE)
    await send(page, "Translate me")
    exchange = await led.exchange()
    for word in ("# A title\n\n", "Words *with* ", "emphasis\n\n", "- a list\n", "- of two\n\n", "The end."):
        await exchange.say(word)
        await expect(replies(page)).to_contain_text(word.strip("#-* \n").split(" ")[0])
    await led.finish()
    await expect(replies(page)).to_have_attribute("data-state", "done")
    whole = (await replies(page).locator(".markdown").inner_text()).split()
    assert whole == "A title Words with emphasis a list of two The end.".split()
    await expect(page.get_by_test_id("broken")).to_have_count(0)
    await page.get_by_test_id("new-chat").click()
    await expect(replies(page)).to_have_count(0)


async def test_a_page_that_was_left_reads_nothing_and_comes_back(stack: Stack, model: ModelServer, page: Page) -> None:
    led = Led()
    model.on("Leave me", led)
    await page.goto(stack.url)
    await send(page, "Leave me")
    exchange = await led.exchange()
    await exchange.say("one ")
    await expect(replies(page)).to_contain_text("one")

    async def streams() -> int:
        text = await (await page.request.get(f"{stack.url}/metrics")).text()
        found = [each for each in text.splitlines() if each.startswith("holdfast_open_streams ")]
        return int(float(found[0].rpartition(" ")[2])) if found else -1

    async def none_is_open() -> bool:
        return await streams() == 0

    await page.evaluate(LEAVE)
    await eventually(none_is_open)
    await exchange.say("two")
    await page.evaluate(COME_BACK)
    await expect(replies(page)).to_contain_text("one two")
    await led.finish()
    await expect(replies(page)).to_have_attribute("data-state", "done")


async def test_a_silent_server_is_not_taken_for_a_slow_model(
    redis_url: str, tmp_path: Path, context: BrowserContext, profiles: Profiles
) -> None:
    profiles.spoil(context)
    async with run_stack(database(redis_url), tmp_path, lease_seconds="1") as stack:
        worker, api = stack.processes
        page = await context.new_page()
        await page.clock.install()
        led = Led()
        stack.model.on("Freeze", led)
        await page.goto(stack.url)
        await send(page, "Freeze")
        await (await led.exchange()).say("so far")
        await expect(replies(page)).to_contain_text("so far")

        shown = page.get_by_test_id("connection")
        api.send_signal(SIGSTOP)
        try:
            for _ in range(8):
                await page.clock.run_for(5_000)
            await expect(shown).to_have_attribute("data-line", "silent")
            await expect(page.get_by_test_id("silence")).to_have_count(0)
        finally:
            api.send_signal(SIGCONT)
        await expect(shown).to_have_count(0)

        worker.kill()
        await page.clock.resume()
        await expect(page.get_by_test_id("waits-for-worker")).to_contain_text("No worker is running")
        await page.close()
