"""What a server says of its tools is bounded, and the operator's rules are applied to it."""

from typing import Any

from mcp_types import Tool as Listed
from mcp_types import ToolAnnotations

from chat.tools.servers import ToolServer
from worker.tools.schemas import DESCRIPTION_CHARS, TITLE_CHARS, TOOLS, tools_of

SERVER = ToolServer(name="s", url="http://a/mcp", deny=("secret",), repeat=("again",), timeout=7)


def listed(name: str, **more: Any) -> Listed:
    return Listed(name=name, input_schema={"type": "object"}, **more)


def test_hints_and_rules_decide_about_a_tool() -> None:
    reading = ToolAnnotations(read_only_hint=True)
    tools = tools_of(SERVER, [listed("look", annotations=reading), listed("again"), listed("do"), listed("secret")])
    assert [(tool.name, tool.approval, tool.is_repeatable, tool.timeout) for tool in tools] == [
        ("look", "always", True, 7),
        ("again", "ask", True, 7),
        ("do", "ask", False, 7),
    ]


def test_titles_are_one_line_without_hidden_characters() -> None:
    (tool,) = tools_of(SERVER, [listed("a", title="Read\n\u202efile")])
    assert tool.title == "Read \\u202efile"


def test_titles_have_an_order_of_precedence() -> None:
    hints = ToolAnnotations(title="Of hints")
    tools = tools_of(SERVER, [listed("a", title="Own", annotations=hints), listed("b", annotations=hints), listed("c")])
    assert [tool.title for tool in tools] == ["Own", "Of hints", "c"]


def test_long_words_are_cut() -> None:
    (tool,) = tools_of(SERVER, [listed("a", title="t" * 5000, description="d" * 5000)])
    assert (len(tool.title), len(tool.description)) == (TITLE_CHARS, DESCRIPTION_CHARS)


def test_names_that_no_model_can_use_are_left_out() -> None:
    assert tools_of(SERVER, [listed(""), listed("a\nb"), listed("n" * 200)]) == []


def test_too_many_and_too_large_tools_are_left_out() -> None:
    large = Listed(name="large", input_schema={"type": "object", "description": "x" * 70_000})
    tools = tools_of(SERVER, [large, *(listed(f"n{each}") for each in range(TOOLS + 5)), listed("n0", title="second")])
    assert len(tools) == TOOLS
    assert [tool.name for tool in tools] == [f"n{each}" for each in range(TOOLS)]
    assert tools[0].title == "n0"


def test_tools_have_the_title_of_their_server_if_it_has_one() -> None:
    (tool,), (named,) = (tools_of(each, [listed("a")]) for each in (SERVER, SERVER.model_copy(update={"title": "S"})))
    assert (tool.server_title, named.server_title) == (None, "S")
