"""`useChat` of `@ai-sdk/react` in Chromium: what its user sees, also when an API or a worker is killed in mid-reply."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.async_api import BrowserContext, Page, expect

from tests.chaos.deployment import Deployment
from tests.clients.killing import replace_api, replace_worker
from tests.contract.test_tool_calls import SUN, calling
from tests.contract.test_tool_protocols import calls
from tests.support.model_server import Led, break_off, refuse, tell

HALF = break_off("half ", hang=True)


class Chat:
    """The page of one conversation."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self._url = url
        self.name = f"chat-{uuid4().hex[:8]}"

    async def open(self, **query: str) -> None:
        given = {"chat": self.name, **query}
        await self.page.goto(f"{self._url}/?{'&'.join(f'{name}={value}' for name, value in given.items())}")
        await self.is_ready()

    async def do(self, script: str) -> None:
        """Calls the hook, without waiting for the reply."""
        await self.page.evaluate(f"() => void window.chat.{script}")

    async def say(self, text: str) -> None:
        await self.do(f"sendMessage({{ text: {text!r} }})")

    async def shows(self, *lines: str) -> None:
        await expect(self.page.locator("#messages")).to_have_text("\n".join(lines))

    async def is_ready(self) -> None:
        await expect(self.page.locator("#status")).to_have_text("ready")


@pytest.fixture
async def chat(context: BrowserContext, deployment: Deployment) -> AsyncIterator[Chat]:
    page = await context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield Chat(page, deployment.api_urls[0])
    assert errors == []
    await page.close()


async def stored(deployment: Deployment, chat: Chat) -> list[Any]:
    api = f"{deployment.api_urls[0]}/chat"
    found = await chat.page.request.get(f"{api}/sessions")
    (session,) = (await found.json())["sessions"]
    history = await chat.page.request.get(f"{api}/history?session_id={session['session_id']}")
    return list((await history.json())["messages"])


async def test_a_chat_with_another_reply_and_an_edit(chat: Chat, deployment: Deployment) -> None:
    question = f"question {chat.name}"
    deployment.model.on(question, tell("One."), tell("Two."))
    deployment.model.on("other words", tell("Three."))
    await chat.open()
    await chat.say(question)
    await chat.shows(f"user: {question}", "assistant: One.")
    await chat.is_ready()
    await chat.do("regenerate()")
    await chat.shows(f"user: {question}", "assistant: Two.")
    await chat.is_ready()
    await chat.do("sendMessage({ text: 'other words', messageId: window.chat.messages[0].id })")
    await chat.shows("user: other words", "assistant: Three.")
    await chat.is_ready()
    asked, reply = await stored(deployment, chat)
    assert (asked["versions"]["count"], reply["content"]) == (2, "Three.")
    await chat.open()
    await chat.shows("user: other words", "assistant: Three.")


async def test_a_reload_in_mid_reply_reads_on(chat: Chat, deployment: Deployment) -> None:
    question, led = f"question {chat.name}", Led()
    deployment.model.on(question, led)
    await chat.open()
    await chat.say(question)
    exchange = await led.exchange()
    await exchange.say("One, ")
    await chat.shows(f"user: {question}", "assistant: One, ")
    await chat.page.reload()
    await chat.shows(f"user: {question}", "assistant: One, ")
    await exchange.say("two.")
    await led.finish()
    await chat.shows(f"user: {question}", "assistant: One, two.")
    await chat.is_ready()
    assert len(deployment.model.asked(question)) == 1


async def test_a_stop_keeps_the_text_and_the_next_question_follows(chat: Chat, deployment: Deployment) -> None:
    question, led = f"question {chat.name}", Led()
    deployment.model.on(question, led)
    deployment.model.on("go on", tell("Gladly."))
    await chat.open()
    await chat.say(question)
    exchange = await led.exchange()
    await exchange.say("Begun")
    await chat.shows(f"user: {question}", "assistant: Begun")
    await chat.page.evaluate("() => window.chat.stop()")
    await chat.is_ready()
    await chat.say("go on")
    await chat.shows(f"user: {question}", "assistant: Begun", "user: go on", "assistant: Gladly.")
    assert [each["content"] for each in await stored(deployment, chat)] == [question, "Begun", "go on", "Gladly."]


async def test_a_tool_runs_once_and_its_result_goes_on(chat: Chat, deployment: Deployment) -> None:
    question = f"question {chat.name}"
    deployment.model.on(question, calling(SUN), tell("Sunny."))
    await chat.open(tools="1")
    await chat.say(question)
    lines = f"user: {question}", "assistant: [tool-weather output-available]Sunny."
    await chat.shows(*lines)
    await chat.is_ready()
    assert await chat.page.evaluate("() => window.called") == [{"city": "Bern"}]
    await chat.open(tools="1")
    await chat.shows(*lines)
    assert await chat.page.evaluate("() => window.called") is None


async def test_a_killed_api_after_a_tools_result_doubles_nothing(chat: Chat, deployment: Deployment) -> None:
    question, led = f"question {chat.name}", Led()
    deployment.model.on(question, calling(SUN, text="Let me look. "), led)
    await chat.open(tools="1")
    await chat.say(question)
    exchange = await led.exchange()
    await exchange.say("Sun")
    begun = "assistant: Let me look. [tool-weather output-available]Sun"
    await chat.shows(f"user: {question}", begun)
    await replace_api(deployment)
    await exchange.say("ny.")
    await led.finish()
    await chat.shows(f"user: {question}", f"{begun}ny.")
    await chat.is_ready()
    assert await chat.page.evaluate("() => window.called") == [{"city": "Bern"}]


@pytest.mark.parametrize(
    ("answer", "state"), [("true", "output-available"), ("false, 'Not now.'", "output-denied")], ids=["allow", "deny"]
)
async def test_an_answer_lets_the_reply_go_on(chat: Chat, deployment: Deployment, answer: str, state: str) -> None:
    question = f"question {chat.name}"
    deployment.model.on(question, calls("look"), tell("Done."))
    await chat.open(model="tooled", servers="lab")
    await chat.say(question)
    asked = f"user: {question}", "assistant: Let me see.[dynamic-tool approval-requested]"
    await chat.shows(*asked)
    await chat.is_ready()
    await chat.page.reload()
    await chat.shows(*asked)
    await chat.is_ready()
    await chat.do(f"answer({answer})")
    answered = f"user: {question}", f"assistant: Let me see.[dynamic-tool {state}]", "", "Done."
    await chat.shows(*answered)
    await chat.is_ready()
    await chat.page.reload()
    await chat.shows(*answered)
    assert await chat.page.evaluate("() => window.errors") is None
    assert len(deployment.model.asked(question)) == 2


async def test_an_answer_that_comes_second_is_an_error(chat: Chat, deployment: Deployment) -> None:
    question, led = f"question {chat.name}", Led()
    deployment.model.on(question, calls("look"), led)
    await chat.open(model="tooled", servers="lab")
    await chat.say(question)
    await chat.shows(f"user: {question}", "assistant: Let me see.[dynamic-tool approval-requested]")
    await chat.is_ready()
    api = f"{deployment.api_urls[0]}/chat"
    (session,) = (await (await chat.page.request.get(f"{api}/sessions")).json())["sessions"]
    turn, answer = session["active_turn"], {"id": "0", "decision": "deny"}
    assert (await chat.page.request.post(f"{api}/turns/{turn}/approvals", data=answer)).ok
    await chat.do("answer(true)")
    await expect(chat.page.locator("#error")).to_contain_text("the first answer counts")
    exchange = await led.exchange()
    await exchange.say("Done.")
    await led.finish()
    await chat.page.evaluate("() => void (window.lost = true)")
    await chat.do("resumeStream()")
    await chat.shows(f"user: {question}", "assistant: Let me see.[dynamic-tool output-denied]", "", "Done.")


async def test_a_failure_shows_its_sentence(chat: Chat, deployment: Deployment) -> None:
    question = f"question {chat.name}"
    deployment.model.on(question, refuse(400), tell("Now."))
    await chat.open()
    await chat.say(question)
    await expect(chat.page.locator("#status")).to_have_text("error")
    await expect(chat.page.locator("#error")).not_to_be_empty()
    await chat.do("regenerate()")
    await chat.shows(f"user: {question}", "assistant: Now.")


@pytest.mark.parametrize(("model", "then"), [("continues", "half and half"), ("restarts", "all of it")])
async def test_a_killed_worker_shows_no_doubled_text(chat: Chat, deployment: Deployment, model: str, then: str) -> None:
    question = f"question {chat.name}"
    deployment.model.on(question, HALF, tell(then))
    await chat.open(model=model)
    await chat.say(question)
    await chat.shows(f"user: {question}", "assistant: half ")
    await replace_worker(deployment)
    await chat.shows(f"user: {question}", f"assistant: {then}")
    await chat.is_ready()
    assert await chat.page.evaluate("() => window.errors") is None


@pytest.mark.parametrize("kills", [True, False], ids=["killed", "restarted"])
async def test_an_api_that_ends_is_found_again(chat: Chat, deployment: Deployment, kills: bool) -> None:
    question, led = f"question {chat.name}", Led()
    deployment.model.on(question, led)
    await chat.open()
    await chat.say(question)
    exchange = await led.exchange()
    await exchange.say("One, ")
    await chat.shows(f"user: {question}", "assistant: One, ")
    await replace_api(deployment, kills=kills)
    await exchange.say("two.")
    await led.finish()
    await chat.shows(f"user: {question}", "assistant: One, two.")
    await chat.is_ready()
    assert len(deployment.model.asked(question)) == 1
