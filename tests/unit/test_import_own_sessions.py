"""A session in our own form is read message by message, so that as large a one is imported as a server can hold."""

import io
import json
from typing import Any

import pytest

from chat.transfer import holdfast, json_values, own_session
from chat.transfer.conversation import Conversation, LeftOut
from chat.transfer.errors import ImportNotJson
from chat.transfer.upload import Upload
from tests.support.foreign_exports import LIMITS, own, own_message


def exported(*sessions: Any) -> bytes:
    return json.dumps({"format": "holdfast", "version": 1, "sessions": sessions}).encode()


def read_own(*sessions: Any) -> list[Conversation | LeftOut]:
    """Reads a file of our own form, in which a session is read message by message."""
    upload = Upload(io.BytesIO(exported(*sessions)), LIMITS)
    upload.check()
    return list(upload.conversations())


@pytest.mark.parametrize("limit", [400, 1 << 24])
def test_an_own_session_may_be_larger_than_any_other(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    monkeypatch.setattr(json_values, "MAX_CONVERSATION_BYTES", limit)
    session = own(*(own_message(f"m{number}", None, "user", "x" * 200) for number in range(1000)), leaf="m5")
    (found, small) = read_own(session, own(own_message("a", None, "user", "hi"), leaf="a"))
    assert isinstance(found, Conversation)
    assert (len(found.messages), found.messages[999].id, found.leaf) == (1000, "m999", "m5")
    assert isinstance(small, Conversation)
    assert small.messages[:2] == [small.messages[0]]
    assert (small.bytes, small.last_turn) == (302, 0)


@pytest.mark.parametrize("name", ["too_many_messages", "too_many_versions", "too_large", "unreadable"])
def test_an_own_session_beyond_a_limit_is_left_out_alone(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    messages = [own_message(f"m{number}", None, "user", "hi") for number in range(1001)]
    if name == "too_many_messages":
        monkeypatch.setattr(own_session, "MAX_OWN_MESSAGES", 1000)
    if name == "too_large":
        monkeypatch.setattr(json_values, "MAX_CONVERSATION_BYTES", 900)
        messages = [own_message("a", None, "user", "x" * 1000), own_message("b", None, "user", "y")]
    large = own(*messages, leaf="a")
    if name == "unreadable":
        del large["role"]
    (found, other) = read_own(large, own(own_message("a", None, "user", "hi"), leaf="a"))
    assert isinstance(found, LeftOut)
    assert (found.title, found.reason) == (large["title"], name)
    assert isinstance(other, Conversation)


def test_an_own_session_is_the_same_message_by_message() -> None:
    session = own(
        own_message("a", "gone", "user", "x"),
        {**own_message("b", "lost", "assistant", "y"), "role": "system"},
        own_message("c", "b", "user", "below"),
        own_message("d", "a:", "user", "no id"),
        own_message("a", None, "user", "again"),
        leaf="c",
    )
    for trimmed in (True, False):
        whole = holdfast.read(session | {"trimmed": trimmed}, LIMITS)
        (found,) = read_own(session | {"trimmed": trimmed})
        assert isinstance(found, Conversation)
        assert list(found.messages) == list(whole.messages)
        assert (found.leaf, found.left_out, found.bytes) == (whole.leaf, whole.left_out, whole.bytes)
        parents = ["gone", "lost", None] if trimmed else [None, None, None]
        assert [each.parent_id for each in found.messages] == parents
        assert found.left_out["missing_parents"] == (1 if trimmed else 3)


def test_a_broken_message_makes_the_file_invalid() -> None:
    for text in (exported(own(own_message("a", None, "user", "hi")))[:-8], b'"messages":[{"id":tru}]'):
        broken = text if text.startswith(b"{") else exported(own()).replace(b'"messages": []', text)
        with pytest.raises(ImportNotJson):
            Upload(io.BytesIO(broken), LIMITS).check()
