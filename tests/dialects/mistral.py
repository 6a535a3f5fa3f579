"""Responses of Mistral, whose content may be a list of parts."""

from typing import Any

from tests.dialects.case import JSON, Case, assistant, chunk, odd, sse, stop, tokens, whole, words

ENUM = "docs.rs/crate/mistral-openapi-client models/chat_completion_choice.rs"


def thinking(*pieces: str) -> dict[str, Any]:
    return {"type": "thinking", "thinking": [{"type": "text", "text": piece} for piece in pieces]}


def text(piece: str) -> dict[str, Any]:
    return {"type": "text", "text": piece}


REFERENCE = {"type": "reference", "reference_ids": [0, 2]}

CASES = [
    Case(
        "thinking parts are thinking, then plain text is the text",
        "BerriAI/litellm#16272",
        sse(
            chunk({"role": "assistant", "content": ""}),
            words("", [thinking("Okay")], [thinking(", hi")], "Hel", "lo"),
            stop(usage=tokens(5, 9)),
        ),
        text="Hello",
        thinking="Okay, hi",
        usage=(5, 9),
    ),
    Case(
        "text parts after thinking parts are the text",
        "prism-php/prism#862",
        sse(words([thinking("Okay")], [text("Hel")], [text("lo")]), stop()),
        text="Hello",
        thinking="Okay",
    ),
    Case(
        "thinking and text in one list are separated",
        "simonw/llm-mistral#39",
        sse(words([thinking("The user", " says hi."), text("Hel"), text("lo")]), stop()),
        text="Hello",
        thinking="The user says hi.",
    ),
    Case(
        "a whole answer with a list of parts is read",
        "Arize-ai/openinference#3761",
        whole(assistant([thinking("Okay"), text("Hello")]), usage=tokens(5, 9)),
        text="Hello",
        thinking="Okay",
        usage=(5, 9),
        oddities=odd("no_stream"),
        content_type=JSON,
    ),
    Case(
        "a thinking part with plain text is thinking",
        "contract",
        sse(words([{"type": "thinking", "thinking": "Okay"}], "Hello"), stop()),
        text="Hello",
        thinking="Okay",
    ),
    Case(
        "content that is a reference part is ignored",
        "vercel/ai#4747",
        sse(words("SF is", REFERENCE, " foggy."), stop()),
        text="SF is foggy.",
    ),
    Case(
        "a reference with text ids in a list is ignored",
        "ayunis-core/ayunis-core#1372",
        sse(words([text("SF is")], [{"type": "reference", "reference_ids": ["abc"]}], [text(" foggy.")]), stop()),
        text="SF is foggy.",
    ),
    Case(
        "a first chunk with only a role adds nothing",
        "mistralai/client-python#16",
        sse(chunk({"role": "assistant"}), chunk({"role": None, "content": "Hello"}), stop()),
        text="Hello",
    ),
    Case("model_length is length", ENUM, sse(words("A long"), stop("model_length")), text="A long", reason="length"),
    Case(
        "the reason error fails as incomplete",
        ENUM,
        sse(words("A long"), stop("error")),
        text="A long",
        reason=None,
        failure="model_incomplete",
    ),
    Case(
        "text between [THINK] and [/THINK] is thinking",
        "LostRuins/koboldcpp#1745",
        sse(words("[THI", "NK]plan[/", "THINK]", "Hello"), stop()),
        text="Hello",
        thinking="plan",
    ),
]
