"""Framing of event streams: bytes, lines, events, and the end of a body."""

from tests.dialects.case import DONE, JSON, LINES, Case, assistant, chunk, events, odd, sse, stop, tokens, whole, words

HELLO = [*words("Hel", "lo"), stop()]
STREAM = sse(HELLO)
PAGE = b"<!DOCTYPE html>\n<html><body><p>It works! data: yes</p></body></html>\n"
SPLIT = b'data: {"choices": [\ndata:   {"index": 0,\ndata:    "delta": {"content": "Hello"}}\ndata: ]}\n\n'
HIGH, LOW = "\\ud83d", "\\ude00"


def escaped(piece: str) -> str:
    """Returns a chunk whose content has these JSON escapes unchanged."""
    return '{"choices":[{"index":0,"delta":{"content":"' + piece + '"}}]}'


def broken(name: str, body: bytes, text: str = "", content_type: str = "text/html") -> Case:
    return Case(
        f"{name} is a broken stream",
        "contract",
        body,
        text,
        reason=None,
        failure="model_broken_stream",
        content_type=content_type,
    )


CASES = [
    Case(
        "a byte order mark before the first event is skipped",
        "openai/openai-python#3819",
        b"\xef\xbb\xbf" + STREAM,
        text="Hello",
    ),
    Case(
        "lines that end in CR LF are read",
        "farion1231/cc-switch#1787",
        sse(HELLO).replace(b"\n", b"\r\n"),
        text="Hello",
    ),
    Case("lines that end in CR are read", "EdamAme-x/pentect#1438", sse(HELLO).replace(b"\n", b"\r"), text="Hello"),
    Case(
        "lines with mixed line ends are read",
        "openai/openai-node#2309",
        events(HELLO[0], end="\r\n\n") + events(HELLO[1], end="\r\r\n") + events(HELLO[2], end="\n\r") + DONE,
        text="Hello",
    ),
    Case(
        "data lines without the space are read",
        "dataelement/Clawith#106",
        events(HELLO, "[DONE]", prefix="data:"),
        text="Hello",
    ),
    Case("an event of several data lines is one payload", "SamSaffron/term-llm#454", SPLIT + sse(stop()), text="Hello"),
    Case(
        "an event with type, id and retry is read",
        "theopenco/llmgateway#2334",
        b"retry: 3000\nevent: message\nid: 7\n" + STREAM.replace(b"data: [DONE]", b": ping\nid: 8\ndata: [DONE]"),
        text="Hello",
    ),
    Case("empty data lines are skipped", "netease-lcap/wave-agent#1326", b"data:\n\ndata: \n\n" + STREAM, text="Hello"),
    Case(
        "data lines without blank lines between them are read",
        "contract",
        events(HELLO, "[DONE]", end="\n"),
        text="Hello",
        oddities=odd("frames"),
    ),
    Case(
        "chunks on lines without a data field are read",
        "contract",
        events(HELLO, end="\n", prefix=""),
        text="Hello",
        oddities=odd("frames"),
        content_type=LINES,
    ),
    Case(
        "a last event without a line break is read",
        "open-webui/pipelines#297",
        events(HELLO) + b"data: [DONE]",
        text="Hello",
    ),
    Case("a last reason without a line break is read", "contract", events(HELLO).rstrip(), text="Hello"),
    *(
        Case(
            f"the end as {mark!r} without a reason is stop",
            "contract",
            events(words("Hel", "lo"), mark),
            text="Hello",
            oddities=odd("no_reason"),
        )
        for mark in ("[DONE]", "[done]", " [DONE] ", '"[DONE]"', "'[Done]'")
    ),
    Case(
        "text after [DONE] is not part of the reply",
        "contract",
        STREAM + sse(words(" again"), stop("length")),
        text="Hello",
    ),
    Case(
        "an answer in one piece is complete",
        "fawney19/Aether#542",
        whole(assistant("Hello", reasoning_content="They greet."), usage=tokens(3, 2)),
        text="Hello",
        thinking="They greet.",
        usage=(3, 2),
        oddities=odd("no_stream"),
        content_type=JSON,
    ),
    Case(
        "an answer over many lines is complete",
        "contract",
        b"\n" + whole(assistant("Hel\nlo"), "length", indent=2, usage=tokens(3, 2)) + b"\n",
        text="Hel\nlo",
        reason="length",
        usage=(3, 2),
        oddities=odd("no_stream"),
        content_type=JSON,
    ),
    Case(
        "Unicode line separators stay in the text",
        "langchain-ai/langgraph#2560",
        sse(words("a\u2028b\u2029c\x85d"), stop()),
        text="a\u2028b\u2029c\x85d",
    ),
    Case(
        "surrogates split over two chunks are joined",
        "elie222/rakazo#416",
        sse(escaped(f"a{HIGH}"), escaped(f"{LOW}b"), stop()),
        text="a😀b",
    ),
    Case(
        "surrogates split after plain text are joined",
        "contract",
        sse(words("Hel", "lo "), escaped(f"a{HIGH}"), escaped(f"{LOW}b"), words("c"), stop()),
        text="Hello a😀bc",
    ),
    Case(
        "a lone surrogate becomes U+FFFD",
        "elizaOS/eliza#30904",
        sse(escaped(f"a{HIGH}"), escaped("b"), escaped(f"{LOW}c{HIGH}"), stop()),
        text="a\ufffdb\ufffdc\ufffd",
    ),
    Case(
        "the last value of a repeated key is taken",
        "contract",
        sse('{"choices":[{"index":0,"delta":{"content":"no","content":"Hello"}}]}', stop()),
        text="Hello",
    ),
    Case(
        "text without [DONE] and reason is incomplete",
        "earendil-works/pi#8473",
        sse(words("Hel", "lo"), done=False),
        text="Hello",
        reason=None,
        failure="model_incomplete",
    ),
    broken("an empty body", b"", content_type="text/event-stream"),
    broken("a body of comments only", b": nothing\n\n:\n\n", content_type="text/event-stream"),
    broken("a web page", PAGE),
    broken("a sentence", b"404 page not found\n", content_type="text/plain"),
    broken("junk", bytes(range(256)) * 4, content_type="application/octet-stream"),
    broken(
        "an object that breaks off in its event",
        sse(words("Hello"), done=False) + b'data: {"choices":[{"index":0,"del\n\n' + DONE,
        text="Hello",
        content_type="text/event-stream",
    ),
    broken("an object nested too deeply", events('{"a":' * 20_000), content_type="text/event-stream"),
    Case(
        "an object without usable choices adds nothing",
        "contract",
        sse({}, {"id": "x"}, {"choices": None}, {"choices": []}, {"choices": [None]}, {"choices": {}}, HELLO),
        text="Hello",
    ),
    Case(
        "a reply above its maximum length is cut",
        "contract",
        sse(words("abc", "defg", "h"), stop()),
        text="abcde",
        reason="length",
        max_chars=5,
    ),
    Case(
        "thinking counts for the maximum length of a reply",
        "contract",
        sse(chunk({"reasoning_content": "abc"}), words("xyz"), stop()),
        text="xy",
        thinking="abc",
        reason="length",
        max_chars=5,
    ),
]
