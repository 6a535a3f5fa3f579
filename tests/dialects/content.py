"""Content in every shape, with and without tags around thinking."""

from typing import Any

from tests.dialects.case import Case, chunk, sse, stop, words


def parts(name: str, content: Any, text: str, thinking: str = "", *oddities: str) -> Case:
    return Case(name, "contract", sse(words(content), stop()), text, thinking, oddities=frozenset(oddities))


def tagged(name: str, pieces: list[str], text: str, thinking: str = "", source: str = "contract") -> Case:
    return Case(name, source, sse(words(*pieces), stop()), text, thinking)


NONE: tuple[Any, ...] = (None, {}, "", False)

CASES = [
    parts("a list of texts is the text", ["Hel", "lo"], "Hello"),
    parts("a part with only a text field is text", [{"text": "Hel"}, {"text": "lo"}], "Hello"),
    parts(
        "a part whose text is an object with a value is text", [{"type": "text", "text": {"value": "Hello"}}], "Hello"
    ),
    parts("a part of output_text is text", [{"type": "output_text", "text": "Hello", "annotations": []}], "Hello"),
    parts("an object instead of a list is one part", {"type": "text", "text": "Hello"}, "Hello"),
    parts("a part of reasoning is thinking", [{"type": "reasoning", "text": "plan"}, "Hello"], "Hello", "plan"),
    parts("texts in a nested list are the text", [["Hel"], "lo"], "Hello"),
    parts("content that is true is dropped", [True, "Hello"], "Hello", "", "content"),
    parts("an image among the parts is dropped", [{"type": "image_url"}, "Hello"], "Hello", "", "content"),
    Case(
        "a part of refusal is the text and content_filter",
        "contract",
        sse(words([{"type": "refusal", "refusal": "No."}]), stop()),
        text="No.",
        reason="content_filter",
    ),
    Case(
        "reasoning_content that is an object is thinking",
        "envoyproxy/ai-gateway#1222",
        sse(words({"text": "I nee"}, {"text": "d to add."}, field="reasoning_content"), words("Hello"), stop()),
        text="Hello",
        thinking="I need to add.",
    ),
    Case(
        "the first thinking field with text is taken",
        "contract",
        sse(
            chunk({"reasoning_content": "", "reasoning": None, "thinking": "a", "thoughts": "a"}),
            chunk({"thinking_content": "b"}),
            chunk({"thoughts": "c"}),
            words("Hello"),
            stop(),
        ),
        text="Hello",
        thinking="abc",
    ),
    Case(
        "an error that is null, empty or false is ignored",
        "contract",
        sse([chunk({"content": piece}, error=none) for piece, none in zip("Hey!", NONE, strict=True)], stop()),
        text="Hey!",
    ),
    *(
        tagged(f"text between {tag} tags is thinking", [f"<{tag}>plan</{tag}>", "Hello"], "Hello", "plan")
        for tag in ("thinking", "reasoning", "THINK", "Thought")
    ),
    tagged("tags cut anywhere are recognised", [*"<think>plan</think>Hello"], "Hello", "plan"),
    tagged("white space before the tag is dropped", ["\n", " <thi", "nk>plan</think>\n", "\nHello"], "Hello", "plan"),
    tagged("an empty thought does not change the text", ["<think>", "\n\n", "</think>", "\n\n", "Hello"], "Hello"),
    tagged("an unclosed thought is thinking to the end", ["<think>pl", "an"], "", "plan", "BerriAI/litellm#30796"),
    tagged("white space before text without a tag is kept", ["\n\n", " Hello"], "\n\n Hello"),
    tagged("text that only begins like a tag is text", ["<thin", " air>"], "<thin air>"),
    tagged("a reply that ends within a tag is text", ["<thi"], "<thi"),
    tagged("a tag after the first word is text", ["Use <think>", "x</think>", " here"], "Use <think>x</think> here"),
    tagged("a tag in a block of code is text", ["```\n<think>", "x</think>\n```"], "```\n<think>x</think>\n```"),
    tagged("a second tag is text", ["<think>plan</think>Hi <think>x</think>"], "Hi <think>x</think>", "plan"),
    tagged(
        "another closing tag does not end the thinking",
        ["<think>a</thinking>b</think>", "Hello"],
        "Hello",
        "a</thinking>b",
    ),
    Case(
        "tags after thinking in its own field are thinking",
        "contract",
        sse(chunk({"reasoning_content": "plan"}), words("<think>", "x</think>", "Hello"), stop()),
        text="Hello",
        thinking="planx",
    ),
    Case(
        "tags in a list of parts are recognised",
        "contract",
        sse(words([{"type": "text", "text": "<think>plan"}], [{"type": "text", "text": "</think>Hello"}]), stop()),
        text="Hello",
        thinking="plan",
    ),
    Case(
        "an empty thinking field next to a tag changes nothing",
        "contract",
        sse(
            [chunk({"content": piece, "reasoning_content": None}) for piece in ("<think>plan", "</think>Hello")], stop()
        ),
        text="Hello",
        thinking="plan",
    ),
]
