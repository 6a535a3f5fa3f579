"""Conversations of LibreChat's export become trees of questions and replies."""

from typing import Any

import pytest

from chat.transfer import librechat
from chat.transfer.conversation import Conversation, NotImportable
from tests.support.foreign_exports import LIMITS
from tests.support.foreign_exports import librechat as conversation
from tests.support.foreign_exports import librechat_message as message

CREATED = 1716919735.014


def read(value: dict[str, Any]) -> Conversation:
    assert librechat.fits(value)
    return librechat.read(value, LIMITS)


def places(found: Conversation) -> list[tuple[str, str | None, str]]:
    return [(each.id, each.parent_id, each.content) for each in found.messages]


def test_a_list_of_messages_keeps_its_branches() -> None:
    found = read(
        conversation(
            message("q", None, True, "tell"),
            message("a", "q", False, "one", model="gpt-4", finish_reason="incomplete"),
            message("b", "q", False, "two", unfinished=True, createdAt="2024-05-28T19:00:00Z"),
            message("q2", None, True, "other"),
        )
    )
    assert places(found) == [("q", None, "tell"), ("a", "q", "one"), ("q2", None, "other"), ("b", "q", "two")]
    assert [(each.model, each.finish_reason) for each in found.messages[1::2]] == [
        ("gpt-4", "length"),
        ("gpt-4o", "cancelled"),
    ]
    assert (found.title, found.leaf, found.created_at) == ("A conversation", "b", CREATED)


def test_a_recursive_tree_is_flattened() -> None:
    tree = {
        **message("q", None, True, "tell"),
        "children": [
            {**message("a", "x", False, "one"), "children": [message("q2", "x", True, "more")]},
            message("b", "x", False, "two"),
        ],
    }
    found = read({"conversationId": "c", "title": "T", "recursive": True, "messagesTree": [tree]})
    assert sorted(places(found)) == [
        ("a", "q", "one"),
        ("b", "q", "two"),
        ("q", None, "tell"),
        ("q2", "a", "more"),
    ]


def test_a_deep_tree_is_flattened_without_recursion() -> None:
    tree: dict[str, Any] = message("m2999", None, False, "x")
    for number in range(2998, -1, -1):
        tree = {**message(f"m{number}", None, number % 2 == 0, "x"), "children": [tree]}
    assert len(read({"conversationId": "c", "messagesTree": [tree]}).messages) == 3000


def test_content_in_parts_is_read() -> None:
    parts = [
        {"type": "think", "think": "hmm"},
        {"type": "text", "text": "one"},
        {"type": "tool_call", "tool_call": {"name": "x"}},
        {"type": "text", "text": {"value": "two"}},
        {"type": "image_file", "image_file": {}},
        None,
    ]
    found = read(conversation(message("q", None, True, "why"), message("a", "q", False, "", content=parts)))
    assert (found.messages[1].content, found.messages[1].thinking) == ("one\n\ntwo", "hmm")
    assert {name: found.left_out[name] for name in ("tool_calls", "images")} == {"tool_calls": 1, "images": 1}


def test_messages_without_parents_are_a_chain() -> None:
    value = conversation(message("q", None, True, "a"), message("r", None, False, "b"), message("s", None, True, "c"))
    for each in value["messages"]:
        del each["parentMessageId"]
    assert places(read(value)) == [("q", None, "a"), ("r", "q", "b"), ("s", "r", "c")]


def test_files_and_errors_are_noted() -> None:
    files = [{"type": "image/png"}, {"type": "application/pdf"}]
    found = read(conversation(message("q", None, True, "a", files=files), message("r", "q", False, "b", error=True)))
    assert +found.left_out == {"images": 1, "files": 1}
    assert found.messages[1].finish_reason == "error"


@pytest.mark.parametrize("messages", [[], [None], [5], {}, [{"isCreatedByUser": "yes", "text": "x"}]])
def test_a_conversation_without_messages_is_empty(messages: Any) -> None:
    with pytest.raises(NotImportable) as caught:
        read({"conversationId": "c", "messages": messages})
    assert caught.value.reason == "empty"


def test_a_cycle_is_left_out() -> None:
    found = read(
        conversation(
            message("q", None, True, "a"),
            message("x", "y", False, "b", createdAt="2030-01-01T00:00:00Z"),
            message("y", "x", True, "c"),
        )
    )
    assert places(found) == [("q", None, "a")]
    assert (found.leaf, +found.left_out) == ("q", {"cycles": 2})
