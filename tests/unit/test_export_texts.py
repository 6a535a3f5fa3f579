"""Exports for readers have every message, and files safe names."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from api.file_names import disposition
from chat.messages import Message
from chat.transfer import markdown
from chat.transfer.markdown import Heading, Outline

FORM = re.compile(r"attachment; filename=\"([ -~]*)\"; filename\*=UTF-8''([\w.~%-]*)", re.ASCII)


def names(title: str) -> tuple[str, str]:
    """Returns the plain name and the full one."""
    found = FORM.fullmatch(disposition(title, ".json"))
    assert found
    return found[1], unquote(found[2])


@pytest.mark.parametrize(
    ("title", "plain", "full"),
    [
        ("About queues", "holdfast About queues.json", "holdfast About queues.json"),
        ("关于队列 é", "holdfast  e.json", "holdfast 关于队列 é.json"),
        ('a/b\\c:"d"*?<>|%', "holdfast a b c d.json", "holdfast a b c d.json"),
        ("../../etc/passwd", "holdfast .. .. etc passwd.json", "holdfast .. .. etc passwd.json"),
        ("gpj\u202egnp.exe\r\nX: y", "holdfast gpjgnp.exeX y.json", "holdfast gpjgnp.exeX y.json"),
        ("", "holdfast.json", "holdfast.json"),
        ("x" * 300, f"holdfast {'x' * 80}.json", f"holdfast {'x' * 80}.json"),
        ("\ud800", "holdfast.json", "holdfast.json"),
    ],
)
def test_a_title_becomes_a_safe_file_name(title: str, plain: str, full: str) -> None:
    assert names(title) == (plain, full)


@given(st.text())
def test_any_title_makes_a_valid_header(title: str) -> None:
    plain, full = names(title)
    assert not set(plain + full) & set('"/\\\r\n:')
    assert full.endswith(".json")


def message(name: str, parent: str | None, role: str, content: str, **more: object) -> Message:
    fields = {"id": name, "parent_id": parent, "role": role, "content": content, "timestamp": 1.7e9, **more}
    return Message.model_validate(fields)


def test_the_shown_branch_comes_first_then_all_versions() -> None:
    outline = Outline()
    messages = [
        message("q", None, "user", "why?"),
        message("a", "q", "assistant", "one", model="m", thinking="hm\nso"),
        message("b", "q", "assistant", "two", finish_reason="cancelled"),
        message("r", None, "user", "other"),
    ]
    outline.add(messages)
    outline.number("b")
    assert outline.numbers == {"q": 1, "b": 2, "a": 3, "r": 4}
    assert outline.has_others
    texts = [markdown.message_text(each, outline) for each in messages]
    assert texts == [
        "### 1. You\n\n*2023-11-14 22:13 UTC*\n\nwhy?\n\n",
        "### 3. Assistant (m)\n\n*2023-11-14 22:13 UTC · another version, after 1*\n\n"
        "> Thinking:\n> \n> hm\n> so\n\none\n\n",
        "### 2. Assistant\n\n*2023-11-14 22:13 UTC · stopped*\n\ntwo\n\n",
        "### 4. You\n\n*2023-11-14 22:13 UTC · another beginning*\n\nother\n\n",
    ]


def test_a_reply_of_several_steps_is_written_as_it_happened() -> None:
    call = {"id": "c", "name": "find", "arguments": "{}", "server": "docs", "status": "ok", "content": "found"}
    written = "> Tool call: find (docs)\n> \n> ```\n> {}\n> ```\n\n> Result: done\n> \n> ```\n> found\n> ```\n\n"
    steps = [
        {"content": "First.", "thinking": "hm", "calls": [call, call]},
        {"content": "\n\nThen.", "calls": [call]},
        {"thinking": "\n\nalso", "calls": [call]},
    ]
    fields = {"thinking": "hm\n\nalso\n\nso", "steps": steps, "model": "m"}
    text = markdown.message_text(message("a", None, "assistant", "First.\n\nThen.\n\nDone.", **fields), Outline())
    assert text.partition("*\n\n")[2] == (
        f"> Thinking:\n> \n> hm\n\nFirst.\n\n{written}{written}Then.\n\n{written}"
        f"> Thinking:\n> \n> also\n\n{written}> Thinking:\n> \n> so\n\nDone.\n\n"
    )


def test_a_text_that_does_not_begin_with_its_steps_is_whole() -> None:
    reply = message("a", None, "assistant", "Whole.", steps=[{"content": "Other.", "calls": []}])
    assert [step.content for step in reply.parts] == ["Other.", "Whole."]


def test_calls_of_tool_servers_are_shown_with_their_results() -> None:
    call = {"id": "c", "name": "find", "arguments": '{"q": 1}', "server": "my_docs"}
    steps = [
        {"calls": [{**call, "title": "Find *it*", "status": "ok", "content": "one\n# two"}]},
        {"calls": [{**call, "status": "limit", "content": "", "server_title": "My *docs*"}, call]},
    ]
    text = markdown.message_text(message("a", None, "assistant", "Done.", steps=steps), Outline())
    given = '> ```\n> {"q": 1}\n> ```\n'
    assert text.endswith(
        f"> Tool call: Find \\*it\\* (my\\_docs)\n> \n{given}\n> Result: done\n> \n> ```\n> one\n> # two\n> ```\n\n"
        f"> Tool call: find (My \\*docs\\*)\n> \n{given}\n> Result: not run, because a limit was reached\n> \n\n"
        f"> Tool call: find (my\\_docs)\n> \n{given}\n> No result.\n> \n\n"
        "Done.\n\n"
    )


def test_a_call_of_a_tool_that_no_server_has_names_none() -> None:
    call = {"id": "c", "name": "made_up", "arguments": "", "server": "", "status": "error", "content": "no"}
    text = markdown.message_text(message("a", None, "assistant", "", steps=[{"calls": [call]}]), Outline())
    assert "> Tool call: made\\_up\n" in text


def test_hidden_characters_of_tools_are_written_out() -> None:
    call = {"id": "c", "name": "x", "title": "Read\n\u202efile", "arguments": '"a\u202e"', "server": "s\u2066"}
    steps = [{"calls": [{**call, "status": "ok", "content": "\u202eone\r\n\x1b[2J"}]}]
    text = markdown.message_text(message("a", None, "assistant", "Done.", steps=steps), Outline())
    assert 'Tool call: Read \\\\u202efile (s\\\\u2066)\n> \n> ```\n> "a\\u202e"\n' in text
    assert "> \\u202eone\n> \\u001b[2J\n" in text


def test_a_heading_has_the_title_in_one_line() -> None:
    text = markdown.heading(Heading("a\n# *b* [c]", "teacher", 0.0, 60.0))
    assert text.splitlines()[1] == "# a \\# \\*b\\* \\[c\\]"
    assert "Created 1970-01-01 00:00 UTC, last changed 1970-01-01 00:01 UTC. Role: teacher." in text
    assert "# Untitled conversation" in markdown.heading(Heading(" ", "x", 0.0, 0.0))


def test_no_text_of_a_tool_is_markdown() -> None:
    hostile = "```\n![seen](https://evil.example/a.png)\n````\n<b>"
    call = {"id": "c", "name": "x", "arguments": hostile, "server": "s", "status": "ok", "content": hostile}
    reply = message("a", None, "assistant", "Done.", steps=[{"calls": [call]}])
    tokens = MarkdownIt().parse(markdown.message_text(reply, Outline()))
    assert [token.content for token in tokens if token.type == "fence"] == [f"{hostile}\n"] * 2
    assert "evil" not in "".join(token.content for token in tokens if token.type == "inline")
