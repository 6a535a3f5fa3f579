"""Finished steps of a reply as messages of a prompt."""

from chat.messages import Message
from chat.tool_calls import ReplyStep, ServerCall, ToolImage
from worker.llm.prompt import NO_ANSWER, as_text, build
from worker.llm.step_prompt import CUT, NO_RESULT, ONLY_IMAGES, RESULTS, fitting, in_words, messages_of, with_steps


def name_of(call: ServerCall) -> str:
    return f"{call.server}__{call.name}"


def called(number: int, **more: object) -> ServerCall:
    fields = {
        "id": f"c{number}",
        "name": "find",
        "arguments": "{}",
        "server": "docs",
        "status": "ok",
        "content": f"r{number}",
    }
    return ServerCall.model_validate(fields | more)


def test_a_step_is_what_the_model_wrote_then_each_result() -> None:
    step = ReplyStep(content="\n\nLet me see.", thinking="hm", calls=[called(1), called(2, extra_content={"a": 1})])
    assert list(messages_of([step], name_of, {})) == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "docs__find", "arguments": "{}"}},
                {
                    "id": "c2",
                    "type": "function",
                    "function": {"name": "docs__find", "arguments": "{}"},
                    "extra_content": {"a": 1},
                },
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "r1"},
        {"role": "tool", "tool_call_id": "c2", "content": "r2"},
    ]


def test_a_model_without_calls_gets_steps_in_words() -> None:
    step = ReplyStep(content="Let me see.", calls=[called(1), called(2, server="", name="made up")])
    asked, answered = in_words([step, ReplyStep(content="no calls")])
    assert asked["content"] == "Let me see.\n[Call of the tool docs/find with {}]\n[Call of the tool made up with {}]"
    assert (asked["role"], answered["role"]) == ("assistant", "user")
    assert answered["content"] == f"{RESULTS}\n\n[docs/find]\nr1\n\n[made up]\nr2"


def test_thinking_goes_back_only_to_servers_that_want_it() -> None:
    step = ReplyStep(thinking="hm", calls=[called(1)])
    (first, _) = messages_of([step], name_of, {}, with_thinking=True)
    assert first["reasoning_content"] == "hm"


def test_arguments_that_are_no_object_are_not_sent_back() -> None:
    (first, _) = messages_of([ReplyStep(calls=[called(1, arguments="{oops")])], name_of, {})
    assert first["tool_calls"][0]["function"]["arguments"] == "{}"


def test_images_that_the_model_can_see_follow_the_results() -> None:
    image = ToolImage(id="f" * 32, type="image/png")
    call = called(1, images=[image])
    *_, last = messages_of([ReplyStep(calls=[call])], name_of, {image.id: "data:x"})
    assert last["role"] == "user"
    assert isinstance(last["content"], list)
    assert last["content"][1] == {"type": "image_url", "image_url": {"url": "data:x"}}
    assert len(list(messages_of([ReplyStep(calls=[call])], name_of, {}))) == 2


def test_a_call_without_a_result_says_so() -> None:
    *_, last = messages_of([ReplyStep(calls=[called(1, status=None, content=None)])], name_of, {})
    assert last["content"] == NO_RESULT


def _history() -> list[Message]:
    steps = [ReplyStep(content="Look.", calls=[called(1, content="x" * 5000)])]
    return [
        Message(id="q1", role="user", content="one"),
        Message(id="a1", role="assistant", content="Look.\n\nDone.", steps=steps),
        Message(id="q2", role="user", content="two"),
    ]


def test_an_earlier_reply_has_its_calls_with_shortened_results() -> None:
    messages = build("S", _history(), "q2", 10, reply_form=with_steps(name_of))
    assert messages
    assert [each["role"] for each in messages] == ["system", "user", "assistant", "tool", "assistant", "user"]
    assert messages[3]["content"] == "x" * 4000 + CUT
    assert messages[4]["content"] == "Done."


def test_an_earlier_reply_is_its_text_for_a_model_without_tools() -> None:
    messages = build("S", _history(), "q2", 10)
    assert messages
    assert [each["content"] for each in messages] == ["S", "one", "Look.\n\nDone.", "two"]


def test_a_reply_with_calls_counts_as_one_message_of_context() -> None:
    messages = build("S", _history(), "q2", 2, reply_form=with_steps(name_of))
    assert messages
    assert messages[1]["content"] == "one"


def test_a_result_of_images_alone_is_not_called_missing() -> None:
    call = called(1, content="", images=[ToolImage(id="f" * 32, type="image/png")])
    (_, result) = messages_of([ReplyStep(calls=[call])], name_of, {})
    assert result["content"] == ONLY_IMAGES


def test_an_imported_reply_whose_steps_have_no_calls_is_its_text() -> None:
    reply = Message(role="assistant", content="Hello", steps=[ReplyStep(content="Hello")])
    assert with_steps(name_of)(reply) == [{"role": "assistant", "content": "Hello"}]


def test_a_reply_without_text_is_no_empty_message() -> None:
    assert as_text(Message(role="assistant", content="", steps=[ReplyStep(calls=[called(1)])])) == [
        {"role": "assistant", "content": NO_ANSWER}
    ]


def test_older_results_are_shortened_where_all_take_too_much() -> None:
    steps = [ReplyStep(calls=[called(number, content="x" * 5000)]) for number in range(3)]
    assert fitting(steps, 15_000) == steps
    sizes = [len(step.calls[0].content or "") for step in fitting(steps, 10_000)]
    assert sizes == [4000 + len(CUT), 5000, 5000]
    assert [len(step.calls[0].content or "") for step in fitting(steps, 0)] == [4000 + len(CUT)] * 2 + [5000]
