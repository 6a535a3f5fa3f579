"""What Markdown needs a browser for: footnotes, tables, code, folded questions and thoughts."""

import asyncio
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.e2e.test_chat import send
from tests.support.model_server import Exchange, ModelServer, tell
from tests.support.stack import Stack
from tests.support.waiting import eventually

LINES = "\n".join(f"line {number}" for number in range(60))
TEXT = f"""A fact[^1].

| Item | Price |
|---|---|
| Pear | 3~5 |
| Trick | =1+1 |

```python
{LINES}
```

[^1]: The note.
"""
THOUGHT = "I should **think** first."


async def saved(page: Page, button: Locator) -> tuple[str, bytes]:
    """Press a button. Return the name and the content of the file that it saves."""
    async with page.expect_download() as download:
        await button.click()
    file = await download.value
    path = Path(await file.path())
    return file.suggested_filename, await asyncio.to_thread(path.read_bytes)


async def test_parts_of_a_reply_are_used_in_place(stack: Stack, model: ModelServer, page: Page) -> None:
    model.on("All of it, please", tell(TEXT))
    await page.goto(stack.url)
    await send(page, "All of it, please")
    reply = page.locator('[data-role="assistant"]')
    await expect(reply).to_have_attribute("data-state", "done")
    address = page.url

    await reply.locator(".footnote-mark").click()
    await expect(reply.locator(".footnotes li")).to_be_focused()
    await reply.locator(".footnote-back").click()
    await expect(reply.locator(".footnote-mark")).to_be_focused()
    assert page.url == address

    name, content = await saved(page, reply.get_by_test_id("download-csv"))
    assert (name, content.decode("utf-8-sig")) == ("table.csv", 'Item,Price\r\nPear,3~5\r\nTrick,"\'=1+1"')

    name, content = await saved(page, reply.get_by_test_id("download-code"))
    assert (name, content.decode()) == ("code.py", f"{LINES}\n")
    header = reply.locator(".code > figcaption")
    await reply.locator(".code").evaluate("(code) => code.scrollIntoView({block: 'end'})")
    await expect(header).to_be_in_viewport()

    await reply.get_by_test_id("wrap-code").click()
    await expect(reply.locator(".code pre")).to_have_css("white-space", "pre-wrap")
    await page.reload()
    await expect(reply.locator(".code pre")).to_have_css("white-space", "pre-wrap")


async def test_questions_and_thoughts_are_unfolded_by_keys(stack: Stack, model: ModelServer, page: Page) -> None:
    async def think(exchange: Exchange) -> None:
        await exchange.start()
        await exchange.delta(reasoning_content=THOUGHT)
        await exchange.say("Done.")
        await exchange.finish()

    question = f"Read this:\n```\n{LINES}\n```"
    model.on(question, think)
    await page.goto(stack.url)
    await page.get_by_test_id("composer").fill(question)
    await page.get_by_test_id("send").click()
    asked = page.locator('[data-role="user"]')
    await expect(page.locator('[data-role="assistant"]')).to_have_attribute("data-state", "done")
    await expect(asked.locator("pre")).to_contain_text("line 59")
    button = asked.get_by_test_id("fold-question")

    async def height() -> int:
        return int(await asked.evaluate("(element) => element.offsetHeight"))

    async def is_as_before() -> bool:
        return await height() == low

    low = await eventually(height)
    await button.press("Enter")
    await expect(button).to_have_attribute("aria-expanded", "true")
    assert await height() > 2 * low
    await button.press("Enter")
    await eventually(is_as_before)

    thoughts = page.get_by_test_id("thinking")
    await expect(thoughts.locator("strong")).to_have_count(0)
    await thoughts.locator("summary").press("Enter")
    await expect(thoughts.locator("strong")).to_have_text("think")
    await expect(thoughts.locator("strong")).to_be_visible()
