"""States of a reply that runs, and of its possible ends."""

import re

from playwright.async_api import expect

from chat.messages import Message
from tests.e2e.scene import Scene, hang
from tests.e2e.states.contents import code_reply
from tests.e2e.states.table import state
from tests.e2e.states.tools import tool_wants_input
from tests.e2e.states.waiting import edit_stopped
from tests.support.model_server import Led, break_off, refuse, tell

HURRY = "async (path) => { for (let i = 0; i < 60; i++) await fetch(path); }"
"""Sends as many requests as the idle stack allows a user per minute."""


@state(after=code_reply)
async def streaming(scene: Scene) -> None:
    led = Led()
    await scene.open()
    await scene.ask(scene.words.question, led)
    half = scene.words.answer[: len(scene.words.answer) // 2]
    await (await led.exchange()).say(half)
    await expect(scene.reply).to_contain_text(half[:6])


@state(after=streaming)
async def stopped(scene: Scene) -> None:
    await scene.get("stop").click()
    await expect(scene.reply).to_have_attribute("data-state", "stopped")


@state(after=tool_wants_input)
async def queued(scene: Scene) -> None:
    await scene.stack.store.flushdb()
    for number in range(3):
        async with scene.stack.client(f"before-{number}") as other:
            await other.ask(await other.start(), "first")
    await scene.reset()
    await scene.ask(scene.words.question)
    await expect(scene.reply).to_contain_text("3")


@state(after=queued)
async def restarted(scene: Scene) -> None:
    await scene.stack.store.flushdb()
    await scene.open()
    await scene.ask(scene.words.question)
    await scene.begin_as_worker("100", "200")
    await expect(scene.reply).to_have_attribute("data-state", "restarted")


@state(after=restarted)
async def resumed(scene: Scene) -> None:
    await scene.stack.store.flushdb()
    await scene.open()
    await scene.ask(scene.words.question)
    await scene.go_on_as_worker(scene.words.answer[: len(scene.words.answer) // 2])
    await expect(scene.get("resuming")).to_be_visible()


@state()
async def stopped_before_the_reply(scene: Scene) -> None:
    led = Led()
    await scene.open()
    await scene.ask(scene.words.question, led)
    await led.exchange()
    await scene.get("stop").click()
    await expect(scene.reply).to_have_attribute("data-state", "stopped")


@state(after=stopped_before_the_reply)
async def failed(scene: Scene) -> None:
    await scene.ask(scene.words.question, refuse(401))
    await expect(scene.reply).to_have_attribute("data-state", "failed")


@state(after=failed)
async def failed_in_mid_reply(scene: Scene) -> None:
    await scene.ask(scene.words.question, break_off(scene.words.answer[:80], drop=True))
    await expect(scene.reply).to_contain_text(scene.words.answer[:6])
    await expect(scene.reply).to_have_attribute("data-state", "failed")


@state(after=failed_in_mid_reply)
async def thinking(scene: Scene) -> None:
    led = Led()
    await scene.reset()
    await scene.ask(scene.words.question, led)
    await (await led.exchange()).delta(reasoning_content=scene.words.thoughts)
    await expect(scene.get("thinking")).to_be_visible()


@state(after=thinking)
async def retrying(scene: Scene) -> None:
    """Asks another question than later states: its retry would take their script."""
    await scene.reset()
    await scene.ask(scene.words.diagram_question, refuse(429, retry_after="20"))
    await expect(scene.reply).to_have_attribute("data-state", "retrying")


@state(after=retrying)
async def streams_refused(scene: Scene) -> None:
    await scene.reset()
    refusal = {"status": 429, "headers": {"Retry-After": "60"}, "json": {"code": "too_many_streams", "detail": ""}}
    await scene.page.route("**/api/chat/turns/*/events*", lambda route: route.fulfill(**refusal))
    await scene.ask(scene.words.question, Led())
    await expect(scene.get("connection")).to_be_visible()


@state(after=streams_refused)
async def sending(scene: Scene) -> None:
    await scene.reset()
    await scene.page.route("**/api/chat/turns", hang)
    await scene.ask(scene.words.question)
    await expect(scene.page.locator('[data-state="sending"]')).to_be_visible()


@state(after=sending)
async def send_failed(scene: Scene) -> None:
    """No attempt reaches the server, so the question waits until one does."""
    await scene.reset()
    await scene.page.route("**/api/chat/turns", lambda route: route.abort())
    await scene.get("composer").fill(scene.words.question)
    await scene.get("send").click()
    await expect(scene.get("unsent-question")).to_be_visible()  # after several attempts of the page
    await expect(scene.get("connection")).to_be_visible()


@state(after=resumed)
async def lost_worker(scene: Scene) -> None:
    """A worker has written half of the reply and is lost, and another one begins again."""
    await scene.stack.store.flushdb()
    await scene.open()
    await scene.ask(scene.words.question)
    await scene.write_as_worker(scene.words.answer[: len(scene.words.answer) // 2])
    await expect(scene.reply).to_contain_text(scene.words.answer[:6])
    await scene.begin_as_worker("200")
    await expect(scene.reply).to_have_attribute("data-state", "restarted")


@state(after=lost_worker)
async def rate_limited(scene: Scene) -> None:
    await scene.reset()
    await scene.page.evaluate(HURRY, "/api/roles")
    await scene.get("composer").fill(scene.words.question)
    await scene.get("send").click()
    await expect(scene.get("notice")).to_contain_text(re.compile("[1-5]\\d"))


@state()
async def reconnecting(scene: Scene) -> None:
    led = Led()
    await scene.open(through_relay=True)
    await scene.ask(scene.words.question, led)
    await (await led.exchange()).say(scene.words.answer[:60])
    await expect(scene.reply).to_contain_text(scene.words.answer[:6])
    scene.relay.cut()
    await expect(scene.get("connection")).to_be_visible()


@state()
async def silence(scene: Scene) -> None:
    led = Led()
    scene.spoil()
    await scene.page.clock.install()
    await scene.open()
    await scene.ask(scene.words.question, led)
    await (await led.exchange()).say(scene.words.answer[:60])
    await expect(scene.reply).to_contain_text(scene.words.answer[:6])
    await scene.page.clock.fast_forward(20_000)
    await expect(scene.get("silence")).to_be_visible()


@state(after=edit_stopped)
async def unanswered(scene: Scene) -> None:
    words = scene.words
    session_id = await scene.answered_session((words.question, tell(words.answer)))
    await scene.remember(session_id, *(Message(role="user", content=text) for text in (words.search, words.title)))
    await scene.open(f"/s/{session_id}")
    await expect(scene.get("unanswered")).to_be_visible()


@state(after=unanswered)
async def cut_by_length(scene: Scene) -> None:
    await scene.show(scene.words.question, scene.words.answer[:90], reason="length")


@state(after=cut_by_length)
async def cut_by_the_filter(scene: Scene) -> None:
    await scene.show(scene.words.question, scene.words.answer[:90], reason="content_filter")


@state(after=cut_by_the_filter)
async def offline(scene: Scene) -> None:
    await scene.page.context.set_offline(True)
    await expect(scene.get("connection")).to_be_visible()
