"""AG-UI clients run, read the same run again, resume, stop, and answer calls; the thread is a session."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.contract.test_tool_calls import SUN, calling
from tests.support import privacy
from tests.support.ag_ui_messages import Conversation, Message, events_of
from tests.support.client import Client
from tests.support.model_server import Led, ModelServer, refuse, tell
from tests.support.stack import Stack

MISSING = "11111111-1111-4111-8111-111111111111"
TOOLS = [{"name": "weather", "description": "Tells the weather.", "parameters": {"type": "object"}}]


@pytest.fixture
async def user(stack: Stack) -> AsyncIterator[Client]:
    async with stack.client() as client:
        yield client


class Agent:
    """A client with one thread, which sends all messages with each run, as `HttpAgent` does."""

    def __init__(self, user: Client, *, thread: str = "") -> None:
        self.user = user
        self.thread = thread or f"thread-{uuid4().hex[:8]}"
        self.has = Conversation([])

    def say(self, text: str) -> None:
        privacy.note(text)
        name = uuid4().hex
        self.has.messages[name] = {"id": name, "role": "user", "content": text}

    @property
    def last(self) -> Message:
        return list(self.has.messages.values())[-1]

    def body(self, run: str, **more: Any) -> dict[str, Any]:
        messages = list(self.has.messages.values())
        return {"threadId": self.thread, "runId": run, "messages": messages, "state": {}, "context": [], **more}

    async def post(self, run: str, last_event_id: str = "", **more: Any) -> httpx2.Response:
        headers = {"Last-Event-ID": last_event_id} if last_event_id else {}
        return await self.user.http.post("/ag-ui", json=self.body(run, **more), headers=headers)

    async def run(self, run: str = "", last_event_id: str = "", **more: Any) -> list[tuple[str, Message]]:
        """Runs, and applies what came."""
        response = await self.post(run or uuid4().hex, last_event_id, **more)
        assert response.status_code == 200, response.text
        events = events_of(response.content)
        self.has.apply(events)
        return events


@pytest.fixture
def agent(user: Client) -> Agent:
    return Agent(user)


async def contents(agent: Agent) -> list[str]:
    (session,) = (await agent.user.http.get("/chat/sessions")).json()["sessions"]
    return [message["content"] for message in await agent.user.history(session["session_id"])]


async def test_a_thread_is_a_session_with_what_is_new(agent: Agent, model: ModelServer, question: str) -> None:
    model.on(question, tell("One."))
    agent.say(question)
    events = await agent.run(context=[{"description": "The user's name", "value": "Ada"}])
    assert [event["type"] for _, event in events] == [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        *["TEXT_MESSAGE_CONTENT"] * (len(events) - 4),
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ]
    assert (agent.last["content"], agent.has.outcome) == ("One.", "success")
    agent.say("more")
    await agent.run(forwardedProps={"temperature": 0.5})
    stored = await contents(agent)
    assert stored[:3] == [question, "One.", "more"]
    assert stored[3] == agent.last["content"]
    assert model.asked(question)[0].body["messages"][0] == {"role": "system", "content": "The user's name:\nAda"}
    assert model.asked("more")[-1].body["temperature"] == 0.5


async def test_the_same_run_asks_once_and_resumes(agent: Agent, led: Led, question: str, model: ModelServer) -> None:
    agent.say(question)
    data = ""
    async with agent.user.http.stream("POST", "/ag-ui", json=agent.body("run-1")) as response:
        exchange = await led.exchange()
        await exchange.say("One, ")
        async for part in response.aiter_text():
            data += part
            if "One, " in data:
                break
    came = events_of(data[: data.rindex("\n\n") + 2].encode())
    agent.has.apply(came)
    await exchange.say("two.")
    await led.finish()
    by_cursor = Agent(agent.user, thread=agent.thread)
    by_cursor.has.messages = {name: dict(each) for name, each in agent.has.messages.items()}
    await by_cursor.run("run-1", came[-1][0])
    again = await agent.run("run-1")
    assert again[1][1]["type"] == "MESSAGES_SNAPSHOT"
    assert [each.last["content"] for each in (agent, by_cursor)] == ["One, two."] * 2
    assert len(model.asked(question)) == 1
    assert (await agent.post("run-1", again[-1][0])).status_code == 204
    assert (await agent.post("run-1", f"{MISSING}.1:1")).json()["code"] == "bad_cursor"


async def test_a_cursor_of_another_run_is_refused(agent: Agent, model: ModelServer, question: str) -> None:
    agent.say(question)
    events = await agent.run("run-1")
    agent.say(f"{question}!")
    refused = await agent.post("run-2", events[-1][0])
    assert (refused.status_code, refused.json()["code"]) == (400, "bad_cursor")
    await agent.run("run-2")
    assert len(model.asked(f"{question}!")) == 1
    assert (await agent.post("run-1", events[-1][0])).status_code == 204


async def test_a_tools_result_continues_the_thread(agent: Agent, model: ModelServer, question: str) -> None:
    model.on(question, calling(SUN), tell("It is sunny."))
    agent.say(question)
    events = await agent.run(tools=TOOLS)
    pending = events[-1][1]["outcome"]["pendingToolCallIds"]
    assert (agent.last["toolCalls"][0]["function"]["name"], pending) == ("weather", [SUN["id"]])
    agent.has.messages["r"] = {"id": "r", "role": "tool", "toolCallId": SUN["id"], "content": "sun"}
    await agent.run(tools=TOOLS)
    assert agent.last["content"] == "It is sunny."
    assert model.asked(question)[1].body["messages"][-1] == {
        "role": "tool",
        "tool_call_id": SUN["id"],
        "content": "sun",
    }


async def test_a_stop_ends_the_run_as_cancelled(agent: Agent, led: Led, question: str) -> None:
    agent.say(question)
    data = ""
    async with agent.user.http.stream("POST", "/ag-ui", json=agent.body("run-1")) as response:
        exchange = await led.exchange()
        await exchange.say("Begun")
        async for part in response.aiter_text():
            data += part
            if "Begun" in data and "stopped" not in data:
                stopped = (await agent.user.http.post(f"/ag-ui/{agent.thread}/stop")).json()
    agent.has.apply(events_of(data.encode()))
    assert (agent.last["content"], agent.has.outcome, stopped["is_over"]) == ("Begun", "cancelled", True)


async def test_the_same_question_again_is_another_reply(agent: Agent, model: ModelServer, question: str) -> None:
    model.on(question, tell("One."), tell("Two."))
    agent.say(question)
    await agent.run()
    agent.has.messages.pop(agent.last["id"])
    await agent.run()
    assert agent.last["content"] == "Two."
    assert await contents(agent) == [question, "Two."]


async def test_a_failure_is_an_error_of_the_run(agent: Agent, model: ModelServer, question: str) -> None:
    model.on(question, refuse(400))
    agent.say(question)
    events = await agent.run()
    assert events[-1][1]["type"] == "RUN_ERROR"
    assert agent.has.outcome == "model_bad_request"


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("state", {"state": {"a": 1}}),
        ("resume[0].more", {"resume": [{"interruptId": "x", "status": "resolved", "more": 1}]}),
        ("forwardedProps.n", {"forwardedProps": {"n": 2}}),
        ("temperature", {"temperature": 1}),
    ],
    ids=["state", "resume", "forwardedProps", "temperature"],
)
async def test_what_is_not_supported_is_refused_by_its_name(agent: Agent, name: str, more: Any) -> None:
    agent.say("x")
    response = await agent.post("run-1", **more)
    assert (response.status_code, response.json()["code"]) == (422, "unsupported_parameter")
    assert response.json()["param"] == name


async def test_a_run_without_a_new_message_is_refused(agent: Agent, model: ModelServer, question: str) -> None:
    model.on(question, tell("One."))
    agent.say(question)
    await agent.run("run-1")
    assert (await agent.post("run-2")).json()["code"] == "invalid_request"
