"""How each server is asked to continue a reply."""

from typing import Any, get_args

import pytest
from pydantic import ValidationError

from chat.position import Position, encoder_of, parsed
from chat.providers.catalog import Dialect, Model
from worker.llm.continuation import Continuation, address_of

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
REQUEST: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
SO_FAR = Continuation("one two \n", "", Position(model="m", pieces=30))
THOUGHT = Continuation("one", "a thought", Position(model="m", pieces=5))


def last(request: dict[str, Any]) -> dict[str, Any]:
    return dict(request["messages"][-1])


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_text_so_far_is_the_last_message(dialect: Dialect) -> None:
    request = SO_FAR.put(REQUEST, dialect)
    assert request["messages"][:-1] == REQUEST["messages"]
    assert (last(request)["role"], last(request)["content"]) == ("assistant", "one two")
    assert len(REQUEST["messages"]) == 1


def test_each_server_gets_the_fields_that_it_wants() -> None:
    plain = {"role": "assistant", "content": "one two"}
    assert last(SO_FAR.put(REQUEST, "llama.cpp")) == plain
    assert last(SO_FAR.put(REQUEST, "vllm")) == plain
    assert last(SO_FAR.put(REQUEST, "deepseek")) == last(SO_FAR.put(REQUEST, "mistral")) == {**plain, "prefix": True}
    assert last(SO_FAR.put(REQUEST, "kimi")) == last(SO_FAR.put(REQUEST, "qwen")) == {**plain, "partial": True}


def test_a_model_with_a_prefix_has_a_dialect() -> None:
    fields = {"id": "m", "name": "m", "provider": "p", "first_byte_timeout": 1, "read_timeout": 1, "tries": 1}
    with pytest.raises(ValidationError, match="a prefix needs a dialect"):
        Model.model_validate({**fields, "continues": "prefix"})
    assert Model.model_validate({**fields, "continues": "prefix", "dialect": "vllm"}).dialect == "vllm"


def test_vllm_is_asked_not_to_begin_another_message() -> None:
    request = SO_FAR.put(REQUEST, "vllm")
    assert (request["continue_final_message"], request["add_generation_prompt"]) == (True, False)
    assert not {"continue_final_message", "add_generation_prompt"} & SO_FAR.put(REQUEST, "llama.cpp").keys()


def test_thinking_goes_to_servers_that_take_it() -> None:
    with_thinking = {each for each in DIALECTS if "reasoning_content" in last(THOUGHT.put(REQUEST, each))}
    assert with_thinking == {"llama.cpp", "vllm", "deepseek", "kimi"}


def test_qwen_continues_without_thinking() -> None:
    assert THOUGHT.put(REQUEST, "qwen")["enable_thinking"] is False
    assert SO_FAR.put({**REQUEST, "enable_thinking": True}, "qwen")["enable_thinking"] is False
    assert "enable_thinking" not in SO_FAR.put(REQUEST, "qwen")


def test_the_limit_of_tokens_is_what_the_text_has_left() -> None:
    assert SO_FAR.put({**REQUEST, "max_tokens": 100}, "vllm")["max_tokens"] == 70
    assert "max_tokens" not in SO_FAR.put(REQUEST, "vllm")
    limits = (29, 30, 31)
    left = [SO_FAR.has_tokens_left({**REQUEST, "max_tokens": limit}, "vllm") for limit in limits]
    assert left == [False, False, True]
    assert SO_FAR.has_tokens_left(REQUEST, "vllm")


def test_thinking_takes_no_tokens_where_it_is_not_limited() -> None:
    request = {**REQUEST, "max_tokens": 10}
    thought = Continuation("one", "hm", Position(model="m", pieces=30, thoughts=25))
    assert thought.has_tokens_left(request, "qwen")
    assert thought.put(request, "qwen")["max_tokens"] == 5
    assert not thought.has_tokens_left(request, "deepseek")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("https://api.deepseek.com", "https://api.deepseek.com/beta"),
        ("https://api.deepseek.com/v1/", "https://api.deepseek.com/beta"),
        ("https://api.deepseek.com/beta", "https://api.deepseek.com/beta"),
        ("https://proxy.example/deepseek/v1", "https://proxy.example/deepseek/beta"),
    ],
)
def test_deepseek_continues_at_its_beta_address(given: str, wanted: str) -> None:
    assert address_of(given, "deepseek") == wanted
    assert address_of(given, "vllm") == given


def test_a_position_that_is_written_often_is_read_as_well() -> None:
    for model in ("m", 'the "first" \\ \n 模型'):
        assert parsed(encoder_of(model)(7, 3)) == Position(model=model, pieces=7, thoughts=3)


def test_a_position_is_read_as_it_was_written() -> None:
    for position in (Position(model="m", pieces=3), Position(model="m", response="resp_1", after=0)):
        assert parsed(position.encoded()) == position
    assert [parsed(text) for text in ("", "x", "{}", '{"model":"m","pieces":-1}')] == [None] * 4
