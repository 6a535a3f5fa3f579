"""What happens to a call of a tool server's tool, and when a reply may call no more."""

import pytest

from chat.asks import Answer
from chat.tool_calls import Approval, ServerCall
from worker.tools.calls import Tool
from worker.tools.decisions import AskUser, Finish, Run, allows, arguments_of, decide
from worker.tools.limits import ToolLimits


def tool(approval: str = "ask", *, is_repeatable: bool = False) -> Tool:
    return Tool("docs", "find", "docs__find", "Find", "", {}, approval, is_repeatable, 60)  # type: ignore[arg-type]


def call(arguments: str = "{}", *, started: bool = False, approval: Approval | None = None) -> ServerCall:
    return ServerCall(id="c", name="find", arguments=arguments, server="docs", started=started, approval=approval)


def status_of(decision: object) -> str:
    assert isinstance(decision, Finish)
    return decision.status


def test_a_tool_that_is_always_allowed_runs() -> None:
    assert decide(call('{"a":1}'), tool("always"), None, is_allowed=False) == Run(tool("always"), {"a": 1})


def test_a_tool_that_asks_waits_for_the_users_answer() -> None:
    assert decide(call(), tool(), None, is_allowed=False) == AskUser()
    assert isinstance(decide(call(), tool(), Answer(state="allowed"), is_allowed=False), Run)
    assert isinstance(decide(call(), tool(), Answer(state="allowed_session"), is_allowed=False), Run)
    assert isinstance(decide(call(), tool(), None, is_allowed=True), Run)


@pytest.mark.parametrize("state", ["denied", "expired"])
def test_a_denied_call_is_not_run_and_the_model_gets_the_word(state: str) -> None:
    decision = decide(call(), tool(), Answer(state=state, note="not today"), is_allowed=False)
    assert status_of(decision) == "denied"
    assert isinstance(decision, Finish)
    assert decision.content.endswith("not today")


@pytest.mark.parametrize("approval", ["ask", "always"])
def test_a_denied_call_stays_denied_if_its_tool_is_allowed_then(approval: str) -> None:
    assert status_of(decide(call(), tool(approval), Answer(state="denied"), is_allowed=True)) == "denied"


def test_what_the_operator_forbids_is_denied_even_if_allowed() -> None:
    assert status_of(decide(call(), tool("never"), Answer(state="allowed"), is_allowed=True)) == "denied"


def test_a_started_call_without_a_result_is_unknown() -> None:
    assert status_of(decide(call(started=True), tool("always"), None, is_allowed=True)) == "unknown"
    assert status_of(decide(call(started=True), None, None, is_allowed=True)) == "unknown"


def test_a_started_call_that_may_be_repeated_runs_again() -> None:
    again = tool("ask", is_repeatable=True)
    assert isinstance(decide(call(started=True), again, None, is_allowed=False), Run)


def test_a_call_that_waits_for_input_goes_on_after_the_answer() -> None:
    assert isinstance(decide(call(started=True), tool(), None, is_allowed=False, has_input=True), Run)


def test_an_unknown_tool_is_an_error_of_the_call() -> None:
    decision = decide(call(), None, None, is_allowed=True)
    assert isinstance(decision, Finish)
    assert (decision.status, decision.code) == ("error", "tool_unknown")


@pytest.mark.parametrize("text", ["[1]", "{", '"x"', "[" * 100_000])
def test_arguments_that_are_no_object_are_an_error(text: str) -> None:
    decision = decide(call(text), tool("always"), None, is_allowed=True)
    assert isinstance(decision, Finish)
    assert (decision.status, decision.code) == ("error", "tool_bad_arguments")


def test_no_arguments_are_an_empty_object() -> None:
    assert arguments_of(" ") == {}


def test_a_tool_is_allowed_by_its_server_and_name() -> None:
    assert allows({"docs/find"}, tool())
    assert not allows({"other/find"}, tool())
    assert not allows({"docs/find"}, None)


@pytest.mark.parametrize(
    ("steps", "seconds", "tokens", "said"), [(3, 0, 0, "3 times"), (0, 9, 0, "9 sec"), (0, 0, 5, "5 tok")]
)
def test_each_limit_that_is_reached_is_named(steps: int, seconds: float, tokens: int, said: str) -> None:
    limits = ToolLimits(steps=3, calls=2, seconds=9, tokens=5)
    reason = limits.reached(steps, seconds, tokens)
    assert reason
    assert said in reason


def test_no_limit_of_tokens_is_reached_where_there_is_none() -> None:
    assert ToolLimits(steps=3, calls=2, seconds=9, tokens=0).reached(2, 8, 10**9) is None
