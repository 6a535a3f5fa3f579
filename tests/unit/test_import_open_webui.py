"""Chats of Open WebUI's export become trees of questions and replies."""

from typing import Any

import pytest

from chat.transfer import open_webui
from chat.transfer.conversation import Conversation, NotImportable
from chat.usage import Usage
from tests.support.foreign_exports import LIMITS, T
from tests.support.foreign_exports import open_webui as chat
from tests.support.foreign_exports import open_webui_message as message


def read(value: dict[str, Any]) -> Conversation:
    assert open_webui.fits(value)
    return open_webui.read(value, LIMITS)


def test_a_chat_keeps_branches_models_times_and_usage() -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "eval_duration": 12, "extra": {}}
    found = read(
        chat(
            message("q", None, "user", "hello"),
            message("a", "q", "assistant", "hi", model="llama", usage=usage),
            message("b", "q", "assistant", "hey", model="qwen", done=False),
            message("s", "b", "system", "be brief"),
            message("c", "s", "user", "bye", files=[{"type": "image"}, {"type": "file"}]),
            current="a",
        )
    )
    assert (found.title, found.created_at, found.updated_at, found.leaf) == ("A chat", T, T + 60, "a")
    assert [(each.id, each.parent_id, each.model, each.finish_reason) for each in found.messages] == [
        ("q", None, None, None),
        ("a", "q", "llama", None),
        ("b", "q", "qwen", "cancelled"),
        ("c", "b", None, None),
    ]
    assert found.messages[1].usage == Usage(prompt_tokens=3, completion_tokens=4, total_tokens=7)
    assert +found.left_out == {"system_messages": 1, "images": 1, "files": 1}


def test_reasoning_becomes_thinking_and_tool_calls_are_left_out() -> None:
    text = (
        '<details type="reasoning" done="true" duration="3">\n<summary>Thought</summary>\n'
        "&gt; one\n&gt; 1 &lt; 2\n</details>"
        '\n<details type="tool_calls" done="true"><summary>Ran</summary></details>\nThe answer <details type="x'
    )
    found = read(chat(message("q", None, "user", "why"), message("a", "q", "assistant", text)))
    assert (found.messages[1].thinking, found.messages[1].content) == ("one\n1 < 2", 'The answer <details type="x')
    assert +found.left_out == {"tool_calls": 1}


def test_content_in_parts_keeps_its_text() -> None:
    parts = [{"type": "text", "text": "what?"}, {"type": "image_url", "image_url": {"url": "data:x"}}, 5]
    found = read(chat(message("q", None, "user", parts)))
    assert found.messages[0].content == "what?"
    assert found.left_out["images"] == 1


def test_a_failed_reply_is_marked() -> None:
    found = read(chat(message("q", None, "user", "x"), message("a", "q", "assistant", "half", error={"content": "no"})))
    assert (found.messages[1].finish_reason, found.messages[1].error) == ("error", "imported")


@pytest.mark.parametrize("is_wrapped", [True, False])
def test_chats_of_older_versions_are_read(is_wrapped: bool) -> None:
    inner = {"title": "Old", "history": {"messages": {"q": message("q", None, "user", "x")}, "currentId": "q"}}
    found = read({"chat": inner} if is_wrapped else inner)
    assert (found.title, [each.content for each in found.messages]) == ("Old", ["x"])


def test_a_list_without_parents_is_a_chain() -> None:
    linear = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}, {"role": "user", "content": "c"}]
    found = read({"chat": {"title": "L", "messages": linear}})
    assert [each.content for each in found.messages] == ["a", "b", "c"]
    assert [each.parent_id for each in found.messages] == [None, *[each.id for each in found.messages[:-1]]]


@pytest.mark.parametrize("messages", [{}, {"a": None}, {"a": {"role": 5}}, {"a": {"role": "user", "content": {}}}])
def test_a_chat_without_text_is_empty(messages: dict[str, Any]) -> None:
    with pytest.raises(NotImportable) as caught:
        read({"chat": {"history": {"messages": messages, "currentId": []}}})
    assert caught.value.reason == "empty"


def test_cycles_and_missing_parents_are_counted() -> None:
    found = read(
        chat(
            message("a", "b", "user", "x"),
            message("b", "a", "assistant", "y"),
            message("c", "gone", "user", "z"),
        )
    )
    assert [each.content for each in found.messages] == ["z"]
    assert +found.left_out == {"cycles": 2, "missing_parents": 1}
