"""Odd and hostile files are refused or imported in part, and never break an import."""

import io
import json
from typing import Any

import pytest

from chat.transfer import upload as uploads
from chat.transfer.conversation import Conversation, LeftOut
from chat.transfer.errors import ImportNewerVersion, ImportTooManyConversations
from chat.transfer.limits import MAX_NODES
from chat.transfer.upload import Upload
from tests.support.foreign_exports import LIMITS, own, own_message


def read(value: Any) -> list[Conversation | LeftOut]:
    return list(Upload(io.BytesIO(json.dumps(value).encode()), LIMITS).conversations())


def the_only(value: Any) -> Conversation:
    (found,) = read(value)
    assert isinstance(found, Conversation)
    return found


def file(**head: Any) -> dict[str, Any]:
    sessions = [own(own_message("a", None, "user", "hi"), leaf="a")]
    return {"format": "holdfast", "sessions": sessions, **head}


def test_a_file_with_sorted_names_is_read() -> None:
    text = json.dumps(file(version=1), sort_keys=True)
    upload = Upload(io.BytesIO(text.encode()), LIMITS)
    assert upload.check() == 1


def test_a_newer_version_after_the_sessions_is_refused() -> None:
    with pytest.raises(ImportNewerVersion):
        read(file(version=2))


@pytest.mark.parametrize(("name", "value"), [("thinking", 5), ("model", []), ("id", {})])
def test_an_odd_field_of_a_message_is_left_out(name: str, value: Any) -> None:
    message = {**own_message("a", None, "user", "hi"), name: value}
    assert [each.content for each in the_only(own(message, leaf="a")).messages] == ["hi"]


def test_a_time_in_milliseconds_is_a_time() -> None:
    message = {**own_message("a", None, "user", "hi"), "timestamp": 1_790_000_000_000}
    assert the_only(own(message, leaf="a")).messages[0].timestamp < 10**11


@pytest.mark.parametrize("shown", [["x"], {}, 5, None])
def test_an_odd_current_node_is_ignored(shown: Any) -> None:
    node = {"message": {"author": {"role": "user"}, "content": {"content_type": "text", "parts": ["hi"]}}}
    assert len(the_only({"mapping": {"n": node}, "current_node": shown}).messages) == 1


def test_too_many_nodes_are_refused_before_they_are_read() -> None:
    nodes: dict[str, Any] = {f"{number}": {} for number in range(MAX_NODES + 1)}
    (chatgpt,) = read({"mapping": nodes})
    (open_webui,) = read({"chat": {"history": {"messages": nodes}}})
    (librechat,) = read({"conversationId": "c", "messages": list(nodes.values())})
    for found in (chatgpt, open_webui, librechat):
        assert isinstance(found, LeftOut)
        assert found.reason == "too_many_messages"


def test_too_many_conversations_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MAX_CONVERSATIONS", 2)
    with pytest.raises(ImportTooManyConversations):
        Upload(io.BytesIO(json.dumps([file()["sessions"][0]] * 3).encode()), LIMITS).check()
