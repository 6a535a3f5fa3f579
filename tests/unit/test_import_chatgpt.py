"""Conversations of ChatGPT's export become trees of questions and replies."""

from typing import Any

import pytest

from chat.transfer import chatgpt
from chat.transfer.conversation import Conversation, NotImportable
from tests.support.foreign_exports import LIMITS, T, simple_chatgpt
from tests.support.foreign_exports import chatgpt as conversation
from tests.support.foreign_exports import chatgpt_node as node


def read(value: dict[str, Any]) -> Conversation:
    assert chatgpt.fits(value)
    return chatgpt.read(value, LIMITS)


def texts(found: Conversation) -> list[tuple[str, str | None, str]]:
    return [(each.id, each.parent_id, each.content) for each in found.messages]


def test_a_conversation_keeps_title_times_and_model() -> None:
    found = read(simple_chatgpt("héllo 😀", "hi"))
    assert (found.title, found.created_at, found.updated_at, found.leaf) == ("A title", T, T + 60, "a")
    assert texts(found) == [("q", None, "héllo 😀"), ("a", "q", "hi")]
    assert [(each.model, each.timestamp) for each in found.messages] == [(None, T), ("gpt-4o", T)]
    assert +found.left_out == {}


def test_all_branches_are_kept_and_the_current_one_is_shown() -> None:
    found = read(
        conversation(
            node("root", None),
            node("q1", "root", "user", "first"),
            node("a1", "q1", "assistant", "one"),
            node("a2", "q1", "assistant", "two", metadata={"model_slug": "o3"}),
            node("q2", "root", "user", "edited"),
            node("a3", "q2", "assistant", "three"),
            current="a1",
        )
    )
    assert texts(found) == [
        ("q1", None, "first"),
        ("a1", "q1", "one"),
        ("a2", "q1", "two"),
        ("q2", None, "edited"),
        ("a3", "q2", "three"),
    ]
    assert found.leaf == "a1"
    assert found.messages[2].model == "o3"


def test_hidden_system_and_tool_nodes_are_left_out_and_counted() -> None:
    hidden = {"is_visually_hidden_from_conversation": True}
    image = {"content_type": "image_asset_pointer", "asset_pointer": "sediment://file"}
    found = read(
        conversation(
            node("root", None),
            node("empty", "root", "system", ""),
            node("custom", "empty", "user", "about me", metadata={"is_user_system_message": True}),
            node("hidden", "custom", "user", "secret", metadata=hidden),
            node("q", "hidden", "user", "draw"),
            node("call", "q", "assistant", "{}", recipient="dalle.text2im"),
            node("made", "call", "tool", content={"content_type": "multimodal_text", "parts": [image]}),
            node("a", "made", "assistant", "here"),
        )
    )
    assert texts(found) == [("q", None, "draw"), ("a", "q", "here")]
    assert +found.left_out == {"system_messages": 1, "hidden_messages": 1, "tool_calls": 2, "images": 1}


def test_of_a_multimodal_message_the_text_is_kept() -> None:
    parts = [
        {"content_type": "image_asset_pointer"},
        "what is it?",
        {"content_type": "audio_transcription", "text": "ö"},
    ]
    found = read(conversation(node("q", None, "user", content={"content_type": "multimodal_text", "parts": parts})))
    assert texts(found) == [("q", None, "what is it?\nö")]
    assert +found.left_out == {"images": 1}


def test_thoughts_and_pieces_of_a_reply_become_one_message() -> None:
    thoughts = {"content_type": "thoughts", "thoughts": [{"summary": "Plan", "content": "think"}]}
    found = read(
        conversation(
            node("q", None, "user", "why"),
            node("t", "q", "assistant", content=thoughts),
            node("recap", "t", "assistant", content={"content_type": "reasoning_recap", "content": "5s"}),
            node("a", "recap", "assistant", "one", metadata={"finish_details": {"type": "stop"}}),
            node("b", "a", "assistant", "two", metadata={"finish_details": {"type": "max_tokens"}}),
        )
    )
    assert [(each.content, each.thinking, each.finish_reason) for each in found.messages] == [
        ("why", None, None),
        ("one\n\ntwo", "Plan\n\nthink", "length"),
    ]
    assert +found.left_out == {"merged": 2}
    assert found.leaf == found.messages[1].id


def test_code_is_fenced_and_citations_are_removed() -> None:
    code = {"content_type": "code", "language": "python", "text": "print(1)"}
    found = read(
        conversation(
            node("q", None, "user", "x"),
            node("a", "q", "assistant", content=code),
            node("q2", "a", "user", "y"),
            node("b", "q2", "assistant", "It is so\ue200cite\ue202turn0search0\ue201."),
        )
    )
    assert [each.content for each in found.messages] == ["x", "```python\nprint(1)\n```", "y", "It is so."]


@pytest.mark.parametrize("parent", ["gone", 5, None])
def test_a_missing_parent_makes_a_first_message(parent: Any) -> None:
    value = conversation(node("q", None, "user", "x"), node("b", "q", "assistant", "y"))
    value["mapping"]["b"]["parent"] = parent
    found = read(value)
    assert texts(found) == [("q", None, "x"), ("b", None, "y")]
    assert found.left_out["missing_parents"] == (parent == "gone")


def test_messages_in_a_cycle_are_left_out() -> None:
    value = conversation(node("q", None, "user", "x"), node("a", "b", "assistant", "y"), node("b", "a", "user", "z"))
    found = read(value)
    assert texts(found) == [("q", None, "x")]
    assert +found.left_out == {"cycles": 2}


@pytest.mark.parametrize(
    "value",
    [
        {"mapping": {}},
        {"mapping": {"a": None, "b": 5, "c": {"message": "x"}}},
        {"mapping": {"a": {"message": {"author": [], "content": {"parts": 5}, "metadata": None}}}},
        {"mapping": {"a": {"message": {"author": {"role": "user"}, "content": {"parts": [None, {}, " "]}}}}},
    ],
)
def test_a_conversation_without_text_is_empty(value: dict[str, Any]) -> None:
    with pytest.raises(NotImportable) as caught:
        read(value)
    assert caught.value.reason == "empty"


@pytest.mark.parametrize("time", [None, "x", float("nan"), float("inf"), -1, 10**400, True, [], {}])
def test_strange_times_are_replaced(time: Any) -> None:
    value = simple_chatgpt()
    value["mapping"]["q"]["message"]["create_time"] = time
    value["update_time"] = time
    found = read(value)
    assert [each.timestamp for each in found.messages] == [T, T]
    assert found.updated_at is None


def test_a_long_message_is_cut_and_halves_of_pairs_replaced() -> None:
    found = read(simple_chatgpt("x" * 1001, "a\ud800b"))
    assert [each.content for each in found.messages] == ["x" * 1000, "a�b"]
    assert found.left_out["shortened"] == 1


def test_ids_that_a_turn_could_give_are_renewed() -> None:
    found = read(conversation(node("99-q", None, "user", "x"), node("s:q", "99-q", "assistant", "y")))
    question, reply = found.messages
    assert question.id not in ("99-q", "s:q")
    assert (reply.parent_id, found.leaf) == (question.id, reply.id)
    assert ":" not in reply.id
