"""No text of users, models or personas runs code in the page, contacts another host, or breaks the layout."""

import json
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Page, expect

from tests.e2e.test_chat import send
from tests.e2e.test_sessions import started
from tests.support.databases import database
from tests.support.model_server import tell
from tests.support.stack import Stack, run_stack

HIT = "window.hit=1"
HOSTILE = [
    f"<script>{HIT}</script>",
    f'<img src=x onerror="{HIT}"><img src="https://evil.example/x.png">',
    f'<svg xmlns="http://www.w3.org/2000/svg" onload="{HIT}"><script>{HIT}</script></svg>',
    f'<iframe srcdoc="<script>parent.{HIT}</script>"></iframe>',
    f"[click](javascript:{HIT}) [data](data:text/html,<script>{HIT}</script>) <javascript:{HIT}>",
    "![remote](https://evil.example/pixel.png) ![svg](data:image/svg+xml;base64,PHN2Zy8+)",
    f"| a | b |\n|---|---|\n| <img src=x onerror={HIT}> | <script>{HIT}</script> |",
    "\u202eesrever\u202c \u2066isolated [bank.example\u202e](https://evil.example/\u202e)",
    f"$\\href{{javascript:{HIT}}}{{x}}$ \\(\\htmlData{{a=b}}{{x}}\\)",
    "$$\\includegraphics{https://evil.example/x.png}$$",
    f'```mermaid\nflowchart LR\n A["<img src=x onerror={HIT}>"]-->B\n click A href "javascript:{HIT}"\n```',
    f'```mermaid\nflowchart LR\n A-->B\n click A call alert({HIT})\n click B href "javascript:{HIT}"\n```',
    '```mermaid\nflowchart LR\n A@{ img: "https://evil.example/x.png", label: "x" }\n```',
    '```mermaid\n%%{init: {"securityLevel": "loose", "themeCSS": "* { background: url(https://evil.example) }"}}%%\n'
    "flowchart LR\n A-->B\n```",
    "> " * 5_000 + "deep",
    f"```html\n<script>{HIT}</script>\n",
]
LONG_LINE = "a" * 20_000
PERSONAS = """
[assistant]
icon = "<b>"
name = { zh = "<img src=x onerror=window.hit=1>", en = "<script>window.hit=1</script>\u202e" }
description = { zh = "x", en = "<svg onload=window.hit=1>" }
welcome = { zh = "x", en = "x" }
prompt = "x"

[other]
icon = "o"
name = { zh = "o", en = "Other" }
description = { zh = "o", en = "o" }
welcome = { zh = "o", en = "o" }
prompt = "o"
"""


@pytest.fixture(scope="module")
async def hostile(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack with a hostile persona."""
    folder = tmp_path_factory.mktemp("hostile")
    personas = folder / "personas.toml"
    personas.write_text(PERSONAS, "utf-8")
    async with run_stack(database(redis_url), folder, personas_file=str(personas)) as stack:
        yield stack


async def settled(page: Page, count: int) -> None:
    """Wait until so many replies are done and the network is idle."""
    await expect(page.locator('[data-role="assistant"][data-state="done"]')).to_have_count(count)
    await page.wait_for_load_state("networkidle")


async def test_hostile_text_does_not_run_and_does_not_break_the_page(hostile: Stack, page: Page) -> None:
    dialogs: list[str] = []
    hosts: set[str] = set()
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    await page.goto(hostile.url)
    question = "\n\n".join(text[:500] for text in HOSTILE)
    hostile.model.on(question, tell(LONG_LINE, *(f"\n\n{text}" for text in HOSTILE), pause=0.005))
    await send(page, question)
    await settled(page, 1)

    # a link shows its host and sends no referrer
    hostile.model.on("A link", tell("[bank.example](https://bank.example@evil.example/login)"))
    await send(page, "A link")
    await settled(page, 2)
    reply = page.locator('[data-role="assistant"]').last
    await expect(reply.locator("a")).to_have_attribute("rel", "noopener noreferrer nofollow")
    await expect(reply.locator(".bubble")).to_contain_text("bank.example (evil.example)")

    with_texts = page.url
    await started(page, hostile, *(title[:200] for title in HOSTILE[:8]))
    await page.goto(hostile.url)
    rows = page.get_by_test_id("session")
    await expect(rows).to_have_count(9)
    for number in range(8):  # the title of an open conversation is in the header as well
        await rows.nth(number).get_by_role("link").click()
        await expect(rows.nth(number).get_by_role("link")).to_have_attribute("aria-current", "page")
        assert await page.evaluate("() => window.hit") is None
    await page.goto(with_texts)
    await settled(page, 2)
    await page.get_by_test_id("role-picker").click()
    await expect(page.get_by_role("menuitemradio").nth(1)).to_be_visible()
    await page.keyboard.press("Escape")

    assert await page.evaluate("() => window.hit") is None
    assert dialogs == []
    assert hosts - {""} == {urlsplit(hostile.url).netloc}
    found = await page.evaluate(REMAINS)
    assert found == [], json.dumps(found)
    await send(page, "And on it goes")
    await expect(page.get_by_test_id("log").get_by_text("You said: And on it goes")).to_be_visible()
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert await page.evaluate(wide) == 0


REMAINS = """() => [...document.querySelectorAll(
    "[data-testid=log] :is(script, iframe, object, embed, form, [onerror], [onload], [onclick]), "
    + "a[href^='javascript:' i], a[href^='data:' i], [data-testid=log] img:not([src^='data:image/svg+xml;charset'])"
)].map((element) => element.outerHTML.slice(0, 200))"""
