"""`HttpAgent` of `@ag-ui/client` in Node: runs, aborts, resumes, and goes on after an API or a worker was killed."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.chaos.deployment import Deployment
from tests.clients.conftest import node
from tests.clients.killing import replace_api, replace_worker
from tests.contract.test_tool_calls import SUN, calling
from tests.contract.test_tool_protocols import calls
from tests.support.guests import token
from tests.support.model_server import Led, break_off, refuse, tell

HALF = break_off("half ", hang=True)
TOOLS = [{"name": "weather", "description": "Tells the weather.", "parameters": {"type": "object"}}]


class Agent:
    """A thread. Each run is a process of its own."""

    def __init__(self, deployment: Deployment) -> None:
        self._url = f"{deployment.api_urls[0]}/ag-ui"
        self._token = token(f"user-{uuid4().hex[:8]}")
        self._thread = f"thread-{uuid4().hex[:8]}"
        self.messages: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.broken = ""

    def say(self, text: str) -> None:
        self.messages.append({"id": uuid4().hex, "role": "user", "content": text})

    async def run(self, run_id: str = "", **more: Any) -> None:
        options = {
            "url": self._url,
            "token": self._token,
            "threadId": self._thread,
            "runId": run_id or uuid4().hex,
            "messages": self.messages,
            **more,
        }
        *events, last = (await node("ag_ui.mjs", json.dumps(options))).splitlines()
        self.events = [json.loads(event) for event in events]
        self.messages, self.broken = json.loads(last)["messages"], json.loads(last)["broken"]

    @property
    def kinds(self) -> list[str]:
        return list(dict.fromkeys(event["type"] for event in self.events))

    @property
    def text(self) -> str:
        return str(self.messages[-1]["content"])


@pytest.fixture
def agent(deployment: Deployment) -> Agent:
    return Agent(deployment)


@pytest.fixture
def question() -> str:
    return f"question {uuid4().hex[:8]}"


async def test_two_runs_are_one_conversation(agent: Agent, deployment: Deployment, question: str) -> None:
    deployment.model.on(question, tell("One."))
    agent.say(question)
    await agent.run()
    assert agent.broken == ""
    assert agent.text == "One."
    assert agent.kinds == [
        "RUN_STARTED",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
        "RUN_FINISHED",
    ]
    agent.say(f"more of {question}")
    await agent.run()
    (exchange,) = deployment.model.asked(f"more of {question}")
    assert [each["content"] for each in exchange.body["messages"]] == [question, "One.", f"more of {question}"]


async def test_an_aborted_run_goes_on_and_is_read_again(agent: Agent, deployment: Deployment, question: str) -> None:
    led = Led()
    deployment.model.on(question, led)
    agent.say(question)
    running = asyncio.create_task(agent.run("run-1", abortAt="One, "))
    exchange = await led.exchange()
    await exchange.say("One, ")
    await running
    assert agent.text == "One, "
    await exchange.say("two.")
    await led.finish()
    await agent.run("run-1")
    assert (agent.text, agent.broken, len(agent.messages)) == ("One, two.", "", 2)
    assert len(deployment.model.asked(question)) == 1


async def test_a_tools_result_goes_on(agent: Agent, deployment: Deployment, question: str) -> None:
    deployment.model.on(question, calling(SUN), tell("Sunny."))
    agent.say(question)
    await agent.run(tools=TOOLS)
    assert agent.events[-1]["outcome"] == {"type": "success", "pendingToolCallIds": [SUN["id"]]}
    (call,) = agent.messages[-1]["toolCalls"]
    assert call["function"] == {"name": "weather", "arguments": SUN["arguments"]}
    agent.messages.append({"id": "r", "role": "tool", "toolCallId": call["id"], "content": "sun"})
    await agent.run(tools=TOOLS)
    assert (agent.text, agent.broken) == ("Sunny.", "")


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        ({"status": "resolved", "payload": {"approved": True}}, "looked"),
        ({"status": "resolved", "payload": {"approved": False, "note": "Not now."}}, "Not now."),
        ({"status": "cancelled"}, "does not allow"),
    ],
    ids=["allowed", "denied", "cancelled"],
)
async def test_an_interrupted_run_goes_on_with_the_answer(
    agent: Agent, deployment: Deployment, question: str, answer: dict[str, Any], result: str
) -> None:
    deployment.model.on(question, calls("look"), tell("Done."))
    agent.say(question)
    await agent.run(forwardedProps={"model": "tooled", "servers": ["lab"]}, answer=answer)
    assert [each["outcome"]["type"] for each in agent.events if each["type"] == "RUN_FINISHED"] == [
        "interrupt",
        "success",
    ]
    assert agent.broken == ""
    assert [each["role"] for each in agent.messages] == ["user", "assistant", "tool", "assistant"]
    assert (result in agent.messages[2]["content"], agent.text) == (True, "\n\nDone.")
    assert len(deployment.model.asked(question)) == 2


async def test_a_failure_is_an_error_of_the_run(agent: Agent, deployment: Deployment, question: str) -> None:
    deployment.model.on(question, refuse(400))
    agent.say(question)
    await agent.run()
    assert (agent.events[-1]["type"], agent.events[-1]["code"]) == ("RUN_ERROR", "model_bad_request")


@pytest.mark.parametrize(("model", "then"), [("continues", "half and half"), ("restarts", "all of it")])
async def test_a_killed_worker_leaves_no_doubled_text(
    agent: Agent, deployment: Deployment, question: str, model: str, then: str
) -> None:
    half = Begun(HALF)
    deployment.model.on(question, half, tell(then))
    agent.say(question)
    running = asyncio.create_task(agent.run("run-1", forwardedProps={"model": model}))
    await half.began.wait()
    await replace_worker(deployment)
    await running
    assert (agent.text, agent.broken, len(agent.messages)) == (then, "", 2)


class Begun:
    """Runs a script, and says when it began."""

    def __init__(self, script: Any) -> None:
        self._script = script
        self.began = asyncio.Event()

    async def __call__(self, exchange: Any) -> None:
        self.began.set()
        await self._script(exchange)


async def test_a_killed_api_is_found_again_by_the_same_run(agent: Agent, deployment: Deployment, question: str) -> None:
    led = Led()
    deployment.model.on(question, led)
    agent.say(question)
    running = asyncio.create_task(agent.run("run-1", tries=60))
    exchange = await led.exchange()
    await exchange.say("One, ")
    await replace_api(deployment)
    await exchange.say("two.")
    await led.finish()
    await running
    assert (agent.text, agent.broken, len(agent.messages)) == ("One, two.", "", 2)
    assert len(deployment.model.asked(question)) == 1
