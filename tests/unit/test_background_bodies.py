"""The body of a background response says the same as that of a chat completion."""

from typing import Any

from chat.providers.catalog import Model
from worker.llm.responses.bodies import background_of

MODEL = Model(id="m", name="m", provider="p", first_byte_timeout=1, read_timeout=1, tries=1)
PARAMETERS = {"type": "object", "properties": {}}
CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}


def body_of(*messages: dict[str, Any], **parameters: Any) -> dict[str, Any]:
    return background_of({"model": "m", "messages": [*messages], **parameters}, MODEL)


def test_calls_and_their_results_are_items_of_their_own() -> None:
    body = body_of(
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": "Let me look.", "tool_calls": [CALL]},
        {"role": "tool", "tool_call_id": "call_1", "content": "sun"},
        {"role": "assistant", "content": None, "tool_calls": [{**CALL, "id": "call_2"}]},
        {"role": "tool", "tool_call_id": "call_2", "content": [{"type": "text", "text": "rain"}]},
    )
    assert body["input"] == [
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": "weather?"},
        {"role": "assistant", "content": "Let me look."},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "sun"},
        {"type": "function_call", "call_id": "call_2", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_2", "output": [{"type": "input_text", "text": "rain"}]},
    ]


def test_tools_lose_the_object_around_their_function() -> None:
    function = {"name": "weather", "parameters": PARAMETERS}
    body = body_of(
        tools=[
            {"type": "function", "function": function},
            {"type": "function", "function": {**function, "strict": True}},
        ],
        tool_choice={"type": "function", "function": {"name": "weather"}},
        parallel_tool_calls=False,
    )
    assert body["tools"] == [
        {"type": "function", "strict": False, **function},
        {"type": "function", **function, "strict": True},
    ]
    assert body["tool_choice"] == {"type": "function", "name": "weather"}
    assert body["parallel_tool_calls"] is False
    assert body_of(tools=[], tool_choice="none")["tool_choice"] == "none"


def test_the_form_of_the_text_is_part_of_it() -> None:
    schema = {"name": "answer", "schema": PARAMETERS, "strict": True}
    body = body_of(response_format={"type": "json_schema", "json_schema": schema}, verbosity="low")
    assert body["text"] == {"format": {"type": "json_schema", **schema}, "verbosity": "low"}
    assert body_of(response_format={"type": "json_object"})["text"] == {"format": {"type": "json_object"}}
    assert not body.keys() & {"response_format", "verbosity", "messages"}


def test_what_the_model_has_said_is_output() -> None:
    parts = [{"type": "text", "text": "hello"}]
    assert body_of({"role": "assistant", "content": parts}, {"role": "user", "content": parts})["input"] == [
        {"role": "assistant", "content": [{"type": "output_text", "text": "hello"}]},
        {"role": "user", "content": [{"type": "input_text", "text": "hello"}]},
    ]
