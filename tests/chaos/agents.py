"""Turns whose scripted model calls tools in several steps, and the checks of what became of their calls."""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.chaos.simulated_users import ObservedTurn, SimulatedUser
from tests.support.held_tools import At, HeldTools
from tests.support.model_server import Exchange, ModelServer, Script
from tests.support.sse import Event

STEPS = 5
WHOLE = "\n\n".join([*(f"Step {step}: I look." for step in range(STEPS)), f"Step {STEPS}: that is all."])


class Agents:
    """The model. `requests`: the step and the time of each request for a turn, by the turn's number."""

    def __init__(self, model: ModelServer, tools: HeldTools) -> None:
        self.requests: dict[int, list[tuple[int, float]]] = defaultdict(list)
        self._model = model
        self._tools = tools

    def script(self, number: int) -> str:
        """Have the model call `count` and `look` in each of `STEPS` steps, then end. Returns the question."""
        self._model.on(question_of(number), self._answer(number))
        return question_of(number)

    def model_got(self, number: int) -> list[str]:
        """The results of calls in the last request for a turn."""
        (*_, last) = self._model.asked(question_of(number))
        return [message["content"] for message in last.body["messages"] if message["role"] == "tool"]

    def _answer(self, number: int) -> Script:
        async def answer(exchange: Exchange) -> None:
            step = step_of(exchange)
            self.requests[number].append((step, time.monotonic()))
            await self._tools.hold((number, step), "request")
            await exchange.start()
            await exchange.say(f"Step {step}: ")
            await self._tools.hold((number, step), "text")
            if step == STEPS:
                await exchange.say("that is all.")
                return await exchange.finish(usage=USAGE)
            await exchange.say("I look.")
            await exchange.call(0, f"count-{step}", "lab__count", '{"turn":')
            await self._tools.hold((number, step), "arguments")
            await exchange.arguments(0, f'{number},"step":{step}}}')
            await exchange.call(1, f"look-{step}", "lab__look", arguments_of((number, step)))
            await exchange.finish("tool_calls", USAGE)

        return answer


USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}


def question_of(number: int) -> str:
    return f"Use the tools, {number}"


def step_of(exchange: Exchange) -> int:
    """How many steps the model has made before."""
    return sum("tool_calls" in message for message in exchange.body["messages"])


def arguments_of(at: At) -> str:
    turn, step = at
    return f'{{"turn":{turn},"step":{step}}}'


def folded(events: Iterable[Event]) -> dict[int, tuple[str, str]]:
    """The status and the result of each call, by its index, as a reader of the events shows them."""
    shown: dict[int, tuple[str, str]] = {}
    for event in events:
        match event["type"]:
            case "restart":
                shown = {}
            case "snapshot":
                shown = results_of(event.get("steps", []))
            case "tool_result":
                assert event["index"] not in shown, "a call has two results"
                shown[event["index"]] = event["status"], event["content"]
    return shown


def results_of(steps: Sequence[Mapping[str, Any]]) -> dict[int, tuple[str, str]]:
    """The status and the result of each call that has one, by its index."""
    calls = [call for step in steps for call in step["calls"]]
    return {index: (call["status"], call["content"]) for index, call in enumerate(calls) if call.get("status")}


async def stored(user: SimulatedUser, observed: ObservedTurn) -> dict[str, Any]:
    """The stored reply, which must be what its reader saw: text and results."""
    (_, reply) = await user.history(observed.session_id)
    assert reply["content"] == observed.transcript.text, observed.transcript.types
    assert results_of(reply["steps"]) == folded(observed.transcript.events), observed.transcript.types
    return reply


async def check_turn(
    user: SimulatedUser, observed: ObservedTurn, number: int, agents: Agents, tools: HeldTools
) -> None:
    """Check a turn that is over.

    Each unsafe call ran at most once, each safe one at least once; its reader, the stored reply and the model have the
    same results; no request was repeated once its step was finished.
    """
    turn = await user.turn(observed.turn_id)
    assert turn["state"] == "done", turn
    assert observed.transcript.text == WHOLE, observed.transcript.types
    results = results_of((await stored(user, observed))["steps"])
    counted, looked = tools.of("count", observed.turn_id), tools.of("look", observed.turn_id)
    for step in range(STEPS):
        unsafe, safe = results[2 * step], results[2 * step + 1]
        assert counted.get(2 * step, 0) <= 1, (observed.turn_id, step, counted)
        assert unsafe[0] == "unknown" or (unsafe, counted[2 * step]) == (("ok", "counted"), 1), (unsafe, counted)
        assert looked[2 * step + 1] >= 1, (observed.turn_id, step, looked)
        assert safe == ("ok", tools.looked), (observed.turn_id, step, safe)
    last = agents.model_got(number)
    assert last == [content for _, content in results.values()], observed.turn_id
    assert_not_repeated(observed, number, agents, tools)


def assert_not_repeated(observed: ObservedTurn, number: int, agents: Agents, tools: HeldTools) -> None:
    """A call goes out once its step is in the log: then the step's request may not be made again."""
    requests = agents.requests[number]
    for (earlier, _), (later, _) in pairwise(requests):
        assert earlier <= later, (observed.turn_id, requests)
    for step, asked_at in requests:
        called_at = tools.arrived.get(f"{observed.turn_id}.{2 * step}", float("inf"))
        assert asked_at <= called_at, (observed.turn_id, step)
