"""Text in fields whose names say nothing: it is counted, and a reply of nothing else is a broken stream."""

from typing import Any

from tests.dialects.case import JSON, Case, assistant, chunk, odd, sse, stop, whole, words

UNKNOWN = odd("unknown_field")
SIGNED = {"thought_signature": "EqQBCgIYAhIM", "reasoning_opaque": "x", "reasoning_encrypted_content": "gAAA"}
LABELS = {"channel": "analysis", "phase": "commentary", "recipient": "all", "item_id": "i", "mime_type": "text/plain"}


def unread(name: str, delta: Any, *more: Any) -> Case:
    """Returns a case whose text is in an unknown field only."""
    stream = sse(chunk({"role": "assistant", "content": ""}), chunk(delta), *(more or [stop()]))
    failure = "model_broken_stream"
    return Case(f"{name} is a broken stream", "contract", stream, reason=None, failure=failure, oddities=UNKNOWN)


def silent(name: str, delta: dict[str, Any]) -> Case:
    """Returns a case of a reply without text, which `worker.jobs.run_turn` reports as empty."""
    return Case(f"{name} are no text", "contract", sse(chunk(delta), chunk(delta), stop()))


CASES = [
    unread("text in a field of an unknown name", {"cogitation": "plan"}),
    unread("unknown text next to empty content", {"content": "", "cogitation": "plan"}),
    unread("unknown text next to content null", {"content": None, "cogitation": "plan"}),
    unread("a list in an unknown field", {"cogitation": ["plan"]}),
    unread("an object in an unknown field", {"cogitation": {"first": [{"type": "x", "is": "plan"}]}}),
    unread("thinking of an unknown name", {"reasoning_trace": "plan"}),
    unread("unknown text cut at its length", {"cogitation": "plan"}, stop("length")),
    unread("unknown text without a reason", {"cogitation": "plan"}, []),
    Case(
        "unknown text after thinking is a broken stream",
        "contract",
        sse(words("plan", field="reasoning_content"), words("Hello", field="speech"), stop()),
        thinking="plan",
        reason=None,
        failure="model_broken_stream",
        oddities=UNKNOWN,
    ),
    Case(
        "a message of unknown text is a broken stream",
        "contract",
        whole(assistant(None, cogitation="plan")),
        reason=None,
        failure="model_broken_stream",
        oddities=UNKNOWN,
        content_type=JSON,
    ),
    Case(
        "a choice of unknown text is a broken stream",
        "contract",
        sse(chunk({}, choice={"cogitation": "plan"}), stop()),
        reason=None,
        failure="model_broken_stream",
        oddities=UNKNOWN,
    ),
    Case(
        "unknown text before the reply is counted",
        "contract",
        sse(words("plan", " more", field="cogitation"), words("Hello"), stop()),
        text="Hello",
        oddities=UNKNOWN,
    ),
    Case(
        "unknown text next to the reply's is counted",
        "contract",
        sse(words("Hel"), chunk({"content": "lo", "cogitation": "plan"}), stop()),
        text="Hello",
        oddities=UNKNOWN,
    ),
    Case(
        "unknown text after thinking of its length is length",
        "contract",
        sse(words("plan", field="reasoning_content"), words("x", field="cogitation"), stop("length")),
        thinking="plan",
        reason="length",
        oddities=UNKNOWN,
    ),
    Case(
        "unknown text of a filtered reply is content_filter",
        "contract",
        sse(words("hate", field="verdict"), stop("content_filter")),
        reason="content_filter",
        oddities=UNKNOWN,
    ),
    Case(
        "unknown text next to a tool call is a tool call",
        "contract",
        sse(chunk({"tool_calls": [{"index": 0, "id": "1"}], "cogitation": "plan"}), stop("tool_calls")),
        reason=None,
        failure="model_tool_call",
        oddities=odd("tool_calls", "unknown_field"),
    ),
    Case(
        "unknown text that breaks off is incomplete",
        "contract",
        sse(words("plan", field="cogitation"), done=False),
        reason=None,
        failure="model_incomplete",
        oddities=UNKNOWN,
    ),
    silent("signatures", SIGNED),
    silent("labels", {"content": "", **LABELS}),
    silent("blank unknown fields", {"cogitation": " ", "foo": [], "bar": {"a": [""]}, "n": 1, "b": True}),
    silent("reports about the reply", {"safety_ratings": [{"reply": "low"}], "metadata": {"a": "b"}}),
]
