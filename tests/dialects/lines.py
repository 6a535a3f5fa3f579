"""Lines changed by proxies, and documents that break off."""

from collections.abc import Callable

from tests.dialects.case import DONE, JSON, Case, assistant, compact, events, odd, sse, stop, whole, words

HELLO = [*words("Hel", "lo"), stop()]
DOUBLED = "openclaw/openclaw#97474"
INDENTED = "BerriAI/litellm#26569"
PREFIXES = {
    "data: data: ": DOUBLED,
    "data:data:": DOUBLED,
    " data: ": INDENTED,
    "\tdata:": INDENTED,
    "Data: ": "contract",
    "data : ": "contract",
    "\ufeffdata: ": "contract",
    "data: \ufeff": "contract",
    "\x1e": "contract",
    "message: ": "contract",
    "event: message data: ": "contract",
    "> data: ": "contract",
    "data": "contract",
}


def wrapped(name: str, wrap: Callable[[str], str]) -> Case:
    """Returns a case in which each payload is written as a line by `wrap`."""
    return Case(name, "contract", "".join(wrap(compact(each)) for each in HELLO).encode() + DONE, text="Hello")


def breaks_off(name: str, body: bytes, text: str = "Hel", failure: str = "model_incomplete") -> Case:
    return Case(name, "contract", body, text=text, reason=None, failure=failure, content_type=JSON)


MESSAGE = whole(assistant("Hello"))
REASON_FIRST = b'{"choices":[{"finish_reason":"stop","message":{"role":"assistant","content":"Hel'

CASES = [
    *(
        Case(
            f"the prefix {prefix!r} is read as data",
            source,
            events(HELLO, "[DONE]", prefix=prefix),
            text="Hello",
            oddities=odd("frames") if prefix != "\ufeffdata: " else odd(),
        )
        for prefix, source in PREFIXES.items()
    ),
    *(
        Case(
            f"prefix {prefix!r} without blank lines is read",
            source,
            events(HELLO, end="\n", prefix=prefix),
            text="Hello",
        )
        for prefix, source in PREFIXES.items()
    ),
    Case(
        "a single doubled prefix loses no text",
        DOUBLED,
        events(HELLO[0]) + b"data: " + events(HELLO[1]) + sse(stop()),
        text="Hello",
        oddities=odd("frames"),
    ),
    Case(
        "[DONE] with a doubled prefix ends the stream",
        DOUBLED,
        events(words("Hello")) + b"data: data: [DONE]\n\n",
        text="Hello",
        oddities=odd("no_reason"),
    ),
    wrapped("a payload written as JSON twice is read", lambda each: f"data: {compact(each)}\n\n"),
    wrapped("a comma after each payload is dropped", lambda each: f"data: {each},\n\n"),
    wrapped("lines of JSON with commas are read", lambda each: f"{each},\n"),
    Case(
        "payloads in one line with their prefixes are read",
        "danny-avila/LibreChat#4820",
        events(HELLO, end="") + b"data: [DONE]\n\n",
        text="Hello",
    ),
    Case(
        "a native payload in another field is read",
        "contract",
        events({"content": "Hello", "stop": False}, {"stop": True}, prefix="message: "),
        text="Hello",
        oddities=odd("frames"),
    ),
    Case(
        "a payload in a comment is ignored",
        "contract",
        events(words("Hello")) + b": " + events(words("Hello"), prefix="") + sse(stop()),
        text="Hello",
    ),
    Case("NUL bytes before a line are dropped", "contract", b"\0" + sse(HELLO), text="Hello"),
    breaks_off("a document that breaks off keeps its text", MESSAGE[: MESSAGE.index(b"lo")]),
    breaks_off("a reason before text that breaks off fails as incomplete", REASON_FIRST),
    breaks_off(
        "a list of chunks that breaks off keeps its text",
        b"[" + compact(HELLO[0]).encode() + b",\n" + compact(HELLO[1]).encode()[:-20],
        "Hello",
    ),
    breaks_off(
        "a document that breaks off without text is a broken stream", b'{"id": "x", "choi', "", "model_broken_stream"
    ),
]
