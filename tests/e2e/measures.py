"""Measures the page in a real Chromium: script time, long tasks, the delay of keystrokes."""

import asyncio
import gzip
import json
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import CDPSession, Page, Response

from chat import keys
from chat.messages import Message
from tests.support.model_server import Led
from tests.support.stack import Stack

SECTION = """## Section {n}: how a queue keeps its promises

A turn belongs to the queue, **not** to the tab or to the process; see [the manual](https://example.org/{n}) for
the details, and mind the `lease` that every worker has to renew. 中文段落也要测一测，长短不一。

- first a claim, then a *beginning*
- then the words, one after another
- and an end that everybody sees

```python
def claim(queue: list[int], slots: int) -> list[int]:
    taken = queue[:slots]  # never more than there are slots
    return [job for job in taken if job % {n} != 0]
```

| step | who | seconds |
|---|---|---:|
| open | api | 0.{n} |
| close | worker | 1.{n} |

"""
DELTAS = 1_000
DELTA_SECONDS = 0.01
MESSAGES = 300
TYPED = "typing while the reply runs must not stutter "

WATCH = """() => {
    window.keystrokes = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
            if (entry.name === "keydown") window.keystrokes.push(entry.duration);
    }).observe({ type: "event", durationThreshold: 16 });
    window.shifted = 0;
    const isText = ({ node }) => (node?.nodeType === 1 ? node : node?.parentElement)?.closest(".log");
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (entry.sources.some(isText)) window.shifted += entry.value;
    }).observe({ type: "layout-shift" });
}"""


DONE = "() => [...document.querySelectorAll('[data-role=assistant]')].at(-1).dataset.state === 'done'"


@dataclass(frozen=True)
class ReplyCost:
    """The main thread's work for one reply, from its first delta to its end.

    Script, style, layout and tasks are in seconds of processor time, so that other programs do not count. Keystrokes
    are in milliseconds from the key to the screen. `shift`: how far messages have moved by themselves, in
    scores of the Layout Instability API.
    """

    script: float
    style: float
    layout: float
    tasks: list[float]
    keystrokes: list[float]
    shift: float

    @property
    def longest_task(self) -> float:
        return max(self.tasks, default=0)

    @property
    def keystroke(self) -> float:
        """The median. The browser reports none under 16 ms, so 16 stands for an empty list."""
        return median(self.keystrokes or [16])

    def __str__(self) -> str:
        work = f"script {self.script:.3f} s, style {self.style:.3f} s, layout {self.layout:.3f} s"
        tasks = f"longest task {self.longest_task * 1000:.0f} ms, over 100 ms: {sum(t > 0.1 for t in self.tasks)}"
        keys_pressed = f"keystroke {self.keystroke:.0f} ms (slowest {max(self.keystrokes, default=16):.0f} ms)"
        return f"{work}; {tasks}; {keys_pressed}; layout shift {self.shift:.4f}"


@dataclass(frozen=True)
class StartCost:
    """The cost of opening the page with an empty cache on a four times slower processor. Times in milliseconds."""

    script_bytes: int
    first_paint: float
    interactive: float

    def __str__(self) -> str:
        times = f"first paint {self.first_paint:.0f} ms, interactive {self.interactive:.0f} ms (4x slowed processor)"
        return f"initial script {self.script_bytes / 1000:.1f} KB gzip; {times}"


def reply_text(characters: int) -> str:
    """Markdown of that length with all expensive elements: lists, links, code, tables."""
    text = "".join(SECTION.format(n=n) for n in range(1, 2 + characters // 400))
    return text[:characters]


async def long_session(stack: Stack, page: Page, messages: int = MESSAGES) -> str:
    """Create a session of the page's user with that many messages. Returns its ID."""
    answer = await page.request.post(f"{stack.url}/api/chat/start")
    session_id = str((await answer.json())["session_id"])
    stored: list[str] = []
    for number in range(messages // 2):
        stored.append(Message(role="user", content=f"Question {number}: how does a queue keep its promises?").to_json())
        stored.append(Message(role="assistant", content=reply_text(1_200), finish_reason="stop").to_json())
    await stack.store.execute_command("RPUSH", keys.messages(session_id), *stored)
    return session_id


async def show_all(page: Page, messages: int = MESSAGES) -> None:
    """Scroll up until the page has all messages of the session, then back to the end."""
    shown = page.get_by_test_id("message")
    await shown.last.wait_for()
    while (count := await shown.count()) < messages:
        await page.locator(".scroller").evaluate("(box) => box.scrollTo(0, 0)")
        await shown.nth(count).wait_for(state="attached")
    await page.locator(".scroller").evaluate("(box) => box.scrollTo(0, box.scrollHeight)")


async def memory_of(page: Page) -> str:
    """Returns what the page holds after a garbage collection: the heap of its scripts, and its DOM nodes."""
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Performance.enable")
    await cdp.send("HeapProfiler.collectGarbage")
    now = await metrics(cdp)
    return f"heap of scripts {now['JSHeapUsedSize'] / 1e6:.1f} MB, {now['Nodes']:.0f} DOM nodes"


async def metrics(cdp: CDPSession) -> dict[str, float]:
    answer: dict[str, Any] = await cdp.send("Performance.getMetrics")
    return {entry["name"]: entry["value"] for entry in answer["metrics"]}


async def measure_reply(stack: Stack, page: Page, question: str) -> ReplyCost:
    """Send a reply of 20 KB in 1,000 deltas to the page that shows a session, while keys are typed."""
    led = Led()
    stack.model.on(question, led)
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.get_by_test_id("composer").fill(question)
    await page.get_by_test_id("send").click()
    exchange = await led.exchange()
    await page.evaluate(WATCH)
    await page.get_by_test_id("composer").focus()
    browser = page.context.browser
    assert browser is not None
    await browser.start_tracing(page=page, categories=["toplevel", "__metadata"])
    before = await metrics(cdp)
    typing = asyncio.create_task(type_slowly(page, DELTAS * DELTA_SECONDS * 0.8))
    for piece in deltas(reply_text(20_000)):
        await exchange.say(piece)
        await asyncio.sleep(DELTA_SECONDS)
    await typing
    await led.finish()
    await page.wait_for_function(DONE, polling=500)
    after = await metrics(cdp)
    trace = json.loads(await browser.stop_tracing())
    spent = {name: after[name] - before[name] for name in after}
    return ReplyCost(
        script=spent["ScriptDuration"],
        style=spent["RecalcStyleDuration"],
        layout=spent["LayoutDuration"],
        tasks=main_thread_tasks(trace["traceEvents"]),
        keystrokes=await page.evaluate("() => window.keystrokes"),
        shift=await page.evaluate("() => window.shifted"),
    )


def deltas(text: str) -> list[str]:
    size = len(text) // DELTAS
    return [text[at : at + size] for at in range(0, len(text), size)]


def main_thread_tasks(events: list[dict[str, Any]]) -> list[float]:
    """The duration of each task of the page's main thread, in seconds of processor time."""
    named = [event for event in events if event["name"] == "thread_name"]
    main = {(event["pid"], event["tid"]) for event in named if event["args"]["name"] == "CrRendererMain"}
    tasks = [event for event in events if event["name"].endswith("RunTask") and (event["pid"], event["tid"]) in main]
    return [event["tdur"] / 1e6 for event in tasks if "tdur" in event]


async def type_slowly(page: Page, seconds: float) -> None:
    """Type five keys per second for about that long."""
    for number in range(int(seconds * 5)):
        await page.keyboard.press(TYPED[number % len(TYPED)].replace(" ", "Space"))
        await asyncio.sleep(0.2)


def is_script_of(document: str, response: Response) -> bool:
    return response.request.resource_type == "script" and urlsplit(response.url).path in document


async def measure_start(stack: Stack, page: Page) -> StartCost:
    """Opens the page. It is interactive when a question can be sent: the welcome shows its examples.

    The scripts are those that the document names; others are loaded when nothing else is to be done.
    """
    sent: list[Response] = []
    page.on("response", lambda response: sent.append(response))
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    await page.add_init_script(READY)
    document = await page.goto(stack.url)
    await page.wait_for_function("() => window.readyAt", polling=250)
    paint = "() => performance.getEntriesByName('first-contentful-paint')[0].startTime"
    first_paint, interactive = await page.evaluate(paint), await page.evaluate("() => window.readyAt")
    named = await document.text() if document else ""
    scripts = [await response.body() for response in sent if is_script_of(named, response)]
    return StartCost(sum(len(gzip.compress(script)) for script in scripts), first_paint, interactive)


READY = """new MutationObserver((_, observer) => {
    if (!document.querySelector("[data-testid=example]")) return;
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => { window.readyAt = performance.now(); }));
}).observe(document, { childList: true, subtree: true });"""
