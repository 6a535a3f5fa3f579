"""Nodes of other applications become a tree in which no reply follows a reply."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.messages import Message
from chat.transfer import merging
from chat.transfer.conversation import Node, NotImportable
from chat.transfer.limits import Limits
from chat.transfer.merging import Merger
from chat.transfer.notes import Part
from tests.support.foreign_exports import LIMITS


def merged(*nodes: Node, shown: str | None = None) -> tuple[list[Message], str | None, Counter[Part]]:
    left_out = Counter[Part]()
    return *Merger(nodes, left_out).messages(shown, 1.0, LIMITS), +left_out


def user(name: str, parent: str | None, text: str = "q") -> Node:
    return Node(name, parent, "user", text)


def reply(name: str, parent: str | None, text: str) -> Node:
    return Node(name, parent, "assistant", text)


def test_a_reply_that_goes_on_in_two_ways_becomes_two_versions() -> None:
    messages, leaf, left_out = merged(
        user("q", None), reply("a", "q", "A"), reply("b", "a", "B"), reply("c", "a", "C"), user("d", "c"), shown="b"
    )
    assert [(each.id, each.parent_id, each.content) for each in messages] == [
        ("q", None, "q"),
        ("b", "q", "A\n\nB"),
        ("c", "q", "A\n\nC"),
        ("d", "c", "q"),
    ]
    assert (leaf, left_out) == ("b", {"merged": 2})


def test_a_reply_with_a_question_and_a_continuation_stays() -> None:
    messages, _, _ = merged(user("q", None), reply("a", "q", "A"), user("d", "a"), reply("b", "a", "B"))
    assert [(each.id, each.parent_id, each.content) for each in messages] == [
        ("q", None, "q"),
        ("a", "q", "A"),
        ("d", "a", "q"),
        ("b", "q", "A\n\nB"),
    ]


def test_what_follows_an_empty_question_moves_up() -> None:
    messages, leaf, left_out = merged(user("q", None), reply("a", "q", "A"), user("e", "a", " "), reply("b", "e", "B"))
    assert [(each.id, each.content) for each in messages] == [("q", "q"), ("a", "A\n\nB")]
    assert (leaf, left_out) == ("a", {"merged": 1, "empty_messages": 1})


def test_a_branch_may_begin_with_a_reply() -> None:
    messages, leaf, _ = merged(reply("a", None, "Welcome"), user("q", "a"))
    assert [(each.id, each.parent_id) for each in messages] == [("a", None), ("q", "a")]
    assert leaf == "q"


def test_messages_are_sorted_by_time_but_after_their_parents() -> None:
    early, late = reply("a", "q", "early"), reply("b", "q", "late")
    question = user("q", None)
    question.timestamp, early.timestamp, late.timestamp = 5.0, 2.0, 9.0
    messages, _, _ = merged(question, late, early)
    assert [each.id for each in messages] == ["q", "a", "b"]


def test_of_two_messages_with_one_id_the_first_is_kept() -> None:
    messages, _, left_out = merged(user("q", None, "one"), user("q", None, "two"))
    assert [each.content for each in messages] == ["one"]
    assert left_out == {"duplicates": 1}


@pytest.mark.parametrize(
    ("nodes", "reason"),
    [
        ([user(f"m{number}", None) for number in range(901)], "too_many_versions"),
        ([user(f"m{number}", f"m{number - 1}" if number else None) for number in range(20_001)], "too_many_messages"),
        ([Node("m", None, "user", "x" * ((16 << 20) + 1))], "too_large"),
    ],
)
def test_a_conversation_beyond_a_limit_is_refused(nodes: list[Node], reason: str) -> None:
    with pytest.raises(NotImportable) as caught:
        merged(*nodes)
    assert caught.value.reason == reason


def test_versions_nested_too_deeply_are_refused() -> None:
    nodes = [user("m0", None)]
    for number in range(1, 402):
        nodes += [user(f"x{number}", f"m{number - 1}"), user(f"m{number}", f"m{number - 1}")]
    with pytest.raises(NotImportable) as caught:
        merged(*nodes)
    assert caught.value.reason == "too_many_versions"


def test_text_that_versions_repeat_counts_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "MAX_CONVERSATION_BYTES", 1000)
    nodes = [user("q", None), reply("m0", "q", "x" * 100)]
    for number in range(1, 20):
        nodes += [reply(f"m{number}", f"m{number - 1}", "x"), reply(f"y{number}", f"m{number - 1}", "y")]
    with pytest.raises(NotImportable):
        merged(*nodes)


NAMES = st.sampled_from([f"n{number}" for number in range(8)])


@given(
    st.lists(
        st.builds(
            Node,
            id=NAMES,
            parent=st.none() | NAMES,
            role=st.sampled_from(["user", "assistant", None]),
            content=st.sampled_from(["", "x", "y"]),
            thinking=st.sampled_from(["", "t"]),
            timestamp=st.none() | st.floats(1, 10),
        ),
        max_size=12,
    ),
    st.none() | NAMES,
)
def test_any_nodes_become_a_tree_whose_roles_alternate(nodes: list[Node], shown: str | None) -> None:
    messages, leaf = Merger(nodes, Counter()).messages(shown, 1.0, Limits(10, 10))
    known = dict[str | None, Message]()
    for message in messages:
        assert message.id not in known
        assert message.content
        parent = known.get(message.parent_id)
        assert (message.parent_id is None) == (parent is None)
        assert not (parent and parent.role == message.role == "assistant")
        known[message.id] = message
    assert (leaf is None) == (not messages)
    assert leaf not in {message.parent_id for message in messages} or not messages
