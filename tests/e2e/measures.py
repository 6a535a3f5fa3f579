"""What the page costs in a real Chromium: script time, long tasks, the way of a keystroke to the screen."""

import asyncio
import json
from dataclasses import dataclass
from statistics import median
from typing import Any

from playwright.async_api import CDPSession, Page

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
DELTA_SECONDS = 0.02
MESSAGES = 300
TYPED = "typing while the reply runs must not stutter "

WATCH = """() => {
    window.measured = { tasks: [], keys: [] };
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.measured.tasks.push(entry.duration);
    }).observe({ type: "longtask" });
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries())
            if (entry.name === "keydown") window.measured.keys.push(entry.duration);
    }).observe({ type: "event", durationThreshold: 16 });
}"""


@dataclass(frozen=True)
class ReplyCost:
    """Of one reply, from its first delta to its end; in seconds, long tasks and keystrokes in milliseconds."""

    script: float
    layout: float
    style: float
    task: float
    long_tasks: list[float]
    keystrokes: list[float]
    unsteady: float

    @property
    def longest_task(self) -> float:
        return max(self.long_tasks, default=0)

    @property
    def keystroke(self) -> float:
        """The median; keystrokes under 16 ms, which the browser does not tell, count as 16."""
        return median(self.keystrokes) if self.keystrokes else 16

    def __str__(self) -> str:
        parts = (
            f"script {self.script:.3f} s, style {self.style:.3f} s, layout {self.layout:.3f} s, all {self.task:.3f} s"
        )
        keys_ = f"keystroke {self.keystroke:.0f} ms (slowest {max(self.keystrokes, default=16):.0f} ms)"
        return f"{parts}, all {self.task:.3f} s; longest task {self.longest_task:.0f} ms; {keys_}"


def reply_text(characters: int) -> str:
    """Markdown of that length, with everything that costs: lists, links, code, tables."""
    text = "".join(SECTION.format(n=n) for n in range(1, 2 + characters // 400))
    return text[:characters]


async def long_session(stack: Stack, page: Page, messages: int = MESSAGES) -> str:
    """A session of the page's own user with that many messages; its id."""
    answer = await page.request.post(f"{stack.url}/api/chat/start")
    session_id = str((await answer.json())["session_id"])
    stored: list[str] = []
    for number in range(messages // 2):
        stored.append(Message(role="user", content=f"Question {number}: how does a queue keep its promises?").to_json())
        stored.append(Message(role="assistant", content=reply_text(1_200), finish_reason="stop").to_json())
    await stack.store.rpush(keys.messages(session_id), *stored)
    return session_id


async def metrics(cdp: CDPSession) -> dict[str, float]:
    told: dict[str, Any] = await cdp.send("Performance.getMetrics")
    return {entry["name"]: entry["value"] for entry in told["metrics"]}


async def measure_reply(stack: Stack, page: Page, question: str, pause: float = DELTA_SECONDS) -> ReplyCost:
    """Let the page that shows a session take a reply of 20 KB in 1,000 deltas, while somebody types."""
    text = reply_text(20_000)
    size = len(text) // DELTAS
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    led = Led()
    stack.model.on(question, led)
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("Performance.enable", {"timeDomain": "threadTicks"})
    await page.get_by_test_id("composer").fill(question)
    await page.get_by_test_id("send").click()
    exchange = await led.exchange()
    await page.evaluate(WATCH)
    await page.get_by_test_id("composer").focus()
    before = await metrics(cdp)
    typing = asyncio.create_task(type_slowly(page, DELTAS * pause * 0.8))
    for piece in pieces:
        await exchange.say(piece)
        await asyncio.sleep(pause)
    await typing
    await led.finish()
    done = "() => [...document.querySelectorAll('[data-role=assistant]')].at(-1).dataset.state === 'done'"
    await page.wait_for_function(done, polling=500)
    after = await metrics(cdp)
    seen = json.loads(await page.evaluate("() => JSON.stringify(window.measured)"))
    spent = {name: after[name] - before[name] for name in after}
    return ReplyCost(
        script=spent["ScriptDuration"],
        layout=spent["LayoutDuration"],
        style=spent["RecalcStyleDuration"],
        task=spent["TaskDuration"],
        long_tasks=seen["tasks"],
        keystrokes=seen["keys"],
        unsteady=0,
    )


async def type_slowly(page: Page, seconds: float) -> None:
    """Type for about that long, five keys a second."""
    for number in range(int(seconds * 5)):
        await page.keyboard.press(TYPED[number % len(TYPED)].replace(" ", "Space"))
        await asyncio.sleep(0.2)
