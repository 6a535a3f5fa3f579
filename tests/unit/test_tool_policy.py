"""The operator's rules decide which tools are offered, which ask first, and under which names models call them."""

import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chat.tools import policy
from chat.tools.function_names import LONGEST, SERVER, function_name
from chat.tools.policy import Approval

NAMES = st.text(min_size=1, max_size=80)
SERVERS = st.text("ab0-_", min_size=1, max_size=6).filter(SERVER.fullmatch)
PATTERNS = st.lists(st.one_of(NAMES, st.sampled_from(["*", "a*", "?", "[ab]*"])), max_size=5)
RULES = st.dictionaries(st.sampled_from(["*", "a*", "?b", "abc"]), st.sampled_from(["always", "ask", "never"]))


@given(name=NAMES, allow=PATTERNS, deny=PATTERNS)
def test_what_is_denied_is_never_allowed(name: str, allow: list[str], deny: list[str]) -> None:
    assert not (policy.is_allowed(name, allow, deny) and policy.matches(name, deny))
    assert policy.is_allowed(name, ["*"], []) or "*" not in allow


@given(name=NAMES, allow=PATTERNS)
def test_what_no_pattern_allows_is_not_allowed(name: str, allow: list[str]) -> None:
    assert policy.is_allowed(name, allow, []) == policy.matches(name, allow)


@given(name=NAMES, is_read_only=st.booleans(), is_idempotent=st.booleans())
def test_without_rules_only_reading_runs_unasked(name: str, is_read_only: bool, is_idempotent: bool) -> None:
    assert policy.approval_of(name, {}, is_read_only=is_read_only) == ("always" if is_read_only else "ask")
    expected = is_read_only or is_idempotent
    assert policy.is_repeatable(name, [], is_read_only=is_read_only, is_idempotent=is_idempotent) == expected


@given(name=NAMES, rules=RULES, is_read_only=st.booleans())
def test_the_first_rule_that_fits_wins(name: str, rules: dict[str, Approval], is_read_only: bool) -> None:
    fitting = [rule for pattern, rule in rules.items() if policy.matches(name, [pattern])]
    found = policy.approval_of(name, rules, is_read_only=is_read_only)
    assert found == (fitting[0] if fitting else "always" if is_read_only else "ask")


@pytest.mark.parametrize(
    ("patterns", "is_selected", "may_be"),
    [
        (None, True, True),
        ([], False, False),
        (["docs/*"], True, True),
        (["docs/read_*"], True, True),
        (["docs/write_*"], False, True),
        (["other/*"], False, False),
        (["*/read_page"], True, True),
        (["Docs/*"], False, False),
    ],
)
def test_personas_select_tools_by_server_and_name(patterns: list[str] | None, is_selected: bool, may_be: bool) -> None:
    assert policy.is_selected("docs", "read_page", patterns) == is_selected
    assert policy.may_be_selected("docs", patterns) == may_be


@given(server=SERVERS, tool=NAMES, patterns=st.lists(st.text("abcs/*?", max_size=6), max_size=4))
def test_a_selected_tool_is_of_a_server_that_may_be(server: str, tool: str, patterns: list[str]) -> None:
    if policy.is_selected(server, tool, patterns):
        assert policy.may_be_selected(server, patterns) or not any("/" in pattern for pattern in patterns)


@given(server=SERVERS, tool=NAMES)
def test_function_names_are_valid_everywhere(server: str, tool: str) -> None:
    assert re.fullmatch(rf"[a-zA-Z0-9_-]{{1,{LONGEST}}}", function_name(server, tool))


@settings(max_examples=30)
@given(tools=st.sets(st.tuples(SERVERS, st.text(max_size=6)), max_size=6))
def test_no_two_tools_have_one_function_name(tools: set[tuple[str, str]]) -> None:
    assert len({function_name(server, tool) for server, tool in tools}) == len(tools)


@given(tools=st.sets(st.tuples(st.sampled_from(["a", "a-b", "a_b", "b"]), st.text("_ab.", min_size=1, max_size=4))))
def test_similar_names_stay_different(tools: set[tuple[str, str]]) -> None:
    assert len({function_name(server, tool) for server, tool in tools}) == len(tools)


def test_a_short_plain_name_is_readable() -> None:
    assert function_name("docs", "read-page") == "docs__read-page"
    assert function_name("docs", "read.page").startswith("docs__read_page_")
    longest = "x" * (LONGEST - len("docs__"))
    assert function_name("docs", longest) == f"docs__{longest}"
    assert len(function_name("docs", f"{longest}x")) == LONGEST


@pytest.mark.parametrize("name", ["", "_a", "a_", "a__b", "A", "a.b", "a/b", "-a"])
def test_names_of_servers_cannot_hide_the_separator(name: str) -> None:
    assert not SERVER.fullmatch(name)
    assert all(SERVER.fullmatch(letter) for letter in string.ascii_lowercase)
