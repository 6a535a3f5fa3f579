"""One payload of an answer in, what it says of the reply out."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from worker.llm import usage
from worker.llm.errors import error_of
from worker.llm.lost import has_text
from worker.llm.parts import Part, parts_of
from worker.llm.reasons import Verdict, verdict_of, worse
from worker.llm.shapes import Shape, read_again, shape_of

THINKING_FIELDS = (
    "reasoning_content",
    "reasoning",
    "reasoning_text",
    "thinking",
    "thinking_content",
    "thoughts",
    "thought",
    "reasoning_details",
    "thinking_blocks",
)
"""Of DeepSeek and most others; of OpenRouter, Groq and newer vLLM; of gateways. Several may repeat one text."""

ELSEWHERE = ("text", "parts", "answer", "value")
BESIDE_DELTA = ("text", "messages")
"""Where single servers put the text that is not in the content of the delta."""

Object = dict[str, Any]


class Said(NamedTuple):
    """What a payload says. `usage` is what the server wrote, to be parsed; `error` is the body of an error.

    `is_whole`: it has a message, as a whole answer has. `has_lost`: it has text in a place that is not known.
    """

    content: str = ""
    thinking: str = ""
    verdict: Verdict | None = None
    usage: Any = None
    error: Any = None
    is_whole: bool = False
    has_lost: bool = False


PLAIN_CHOICE = frozenset(("index", "delta", "finish_reason", "logprobs"))
PLAIN_PAYLOAD = frozenset(
    ("id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier", "obfuscation")
)


def plain_text(data: Object) -> str | None:
    """The text of a payload that adds a piece of content and has nothing else, as nearly all do; else None."""
    choices = data.get("choices")
    if choices.__class__ is not list or len(choices) != 1 or choices[0].__class__ is not dict:
        return None
    choice = choices[0]
    delta = choice.get("delta")
    if delta.__class__ is not dict or (len(delta) != 1 and not (len(delta) == 2 and "role" in delta)):
        return None
    if choice.get("finish_reason") is not None or choice.get("index") or not PLAIN_CHOICE.issuperset(choice):
        return None
    if data.get("usage") or not PLAIN_PAYLOAD.issuperset(data):
        return None
    content = delta.get("content")
    return content if content.__class__ is str else None


def _index(choice: Object) -> int:
    index = choice.get("index", 0)
    if isinstance(index, str) and index.isdecimal():
        index = int(index[:9])
    return index if isinstance(index, int) else 0


def _thinking_of(place: Object) -> Any:
    return next((value for name in THINKING_FIELDS if (value := place.get(name))), None)


def _joined(one: Said, other: Said) -> Said:
    """What two pieces of one choice say."""
    verdict = worse(one.verdict, other.verdict) if other.verdict else one.verdict
    return Said(
        one.content + other.content,
        one.thinking + other.thinking,
        verdict,
        other.usage or one.usage,
        one.error or other.error,
        one.is_whole or other.is_whole,
        one.has_lost or other.has_lost,
    )


class ChunkReader:
    """Reads the payloads of one answer. What it finds odd is added to `oddities`; `so_far` gives the content so far."""

    def __init__(self, oddities: set[str], so_far: Callable[[], str]) -> None:
        self._oddities = oddities
        self._content_so_far = so_far
        self._thoughts: list[str] = []
        self._others: list[tuple[int, Said]] = []
        self._are_distinct = True
        self._has_content = False
        self._has_delta = self._grows = False
        self._has_thought_tag = False

    def read(self, data: Object, event: str = "") -> Said:
        """What the payload says of the first choice."""
        error = error_of(data, event)
        shape = shape_of(data, event)
        error = error or shape.error
        if not shape.choices:
            counts = usage.usage_of(data, {}) or shape.usage
            return Said(usage=counts, error=error, has_lost=shape.has_lost and error is None)
        choice, *more = self._first(shape.choices)
        said = self._read_choice(data, choice, shape, error or choice.get("error"))
        for each in more:
            said = _joined(said, self._read_choice(data, each, shape, error or each.get("error")))
        index = _index(choice)
        if index == 0:
            self._has_content = self._has_content or bool(said.content)
            return said
        self._keep(index, said)
        return Said(usage=said.usage, error=said.error, is_whole=said.is_whole)

    def _keep(self, index: int, said: Said) -> None:
        """Keep what another choice says for as long as it may be wanted."""
        self._are_distinct = self._are_distinct and index not in (known for known, _ in self._others[-3:])
        if self._has_content and not self._are_distinct:
            self._others.clear()
        else:
            self._others.append((index, said))

    def others(self) -> list[Said]:
        """What other choices said, where it is the reply.

        The lowest of them where the first choice has no text; all of them where no index came twice, since TGI numbered
        tokens so. Nothing else is left of them afterwards.
        """
        others, self._others = self._others, []
        indices = [index for index, _ in others]
        if len(set(indices)) == len(indices) > 1:
            return [said for _, said in others]
        if self._has_content or not others:
            return []
        return [said for index, said in others if index == min(indices)]

    def _first(self, choices: list[Object]) -> list[Object]:
        """The choices of the lowest index: some servers send several pieces of one at once."""
        if len(choices) == 1 and not _index(choices[0]):
            return choices
        self._oddities.add("choice")
        lowest = min(_index(choice) for choice in choices)
        return [choice for choice in choices if _index(choice) == lowest]

    def _read_choice(self, data: Object, choice: Object, shape: Shape, error: Any) -> Said:
        delta, is_message = self._delta_of(choice)
        content, thinking, kinds = self._text(delta, choice)
        verdict = self._verdict(choice, delta, data)
        lost = "lost" in kinds or not (content or thinking or error or kinds or not has_text(choice))
        if lost and not content:
            content, thinking, kinds = self._text(read_again(choice)["delta"], {})
            lost = not content
        if is_message or shape.repeats or shape.may_grow:
            content, thinking = self._news(content, thinking, verdict is not None, shape.repeats)
        if thinking:
            self._thoughts.append(thinking)
        if "refusal" in kinds:
            verdict = "content_filter"
        counts = usage.usage_of(data, choice) or shape.usage
        return Said(
            content, thinking, verdict, counts, error, "message" in choice, lost or (shape.has_lost and error is None)
        )

    def _delta_of(self, choice: Object) -> tuple[Object, bool]:
        """What the choice adds, and whether it is a message: a whole answer has one, and so have some streams."""
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(delta, str | list):
            return {"content": delta}, False
        if isinstance(message, str | list):
            message = {"content": message}
        if isinstance(delta, dict) and (_has_text(delta) or not isinstance(message, dict)):
            self._has_delta = True
            return delta, False
        return (message, True) if isinstance(message, dict) else (choice, False)

    def _news(self, content: str, thinking: str, ends: bool, repeats: bool) -> tuple[str, str]:
        """What a text adds: some servers send all of the text so far each time, some repeat it at the end."""
        new = self._new(content, self._content_so_far(), ends, repeats) if content else ""
        if new != content:  # said before, and so was its thinking
            return new, ""
        return new, self._new(thinking, "".join(self._thoughts), ends, repeats)

    def _new(self, text: str, so_far: str, ends: bool, repeats: bool) -> str:
        """What is new of a text that may begin with all of the text so far, or be a part of it where it `repeats`."""
        said, stripped = so_far.strip(), text.strip()
        if said and stripped == said and (self._has_delta or self._grows or ends):
            return ""
        if repeats and stripped in said:
            return ""
        if so_far and text.startswith(so_far) and len(text) > len(so_far):
            self._grows = True
            return text[len(so_far) :]
        return text

    def _text(self, delta: Object, choice: Object) -> tuple[str, str, set[str]]:
        """Content, thinking, and the kinds of parts."""
        content = delta.get("content")
        thinking = _thinking_of(delta) or (None if PLAIN_CHOICE.issuperset(choice) else _thinking_of(choice))
        parts = [*parts_of(thinking, "thinking"), *parts_of(content), *_other_parts(delta, choice)]
        self._note(parts, delta)
        if self._is_gemini_thought(delta):
            parts = [Part("thinking", part.text) for part in parts]
        text = "".join(part.text for part in parts if part.kind in ("content", "refusal"))
        thinking = "".join(part.text for part in parts if part.kind == "thinking")
        return text, thinking, {part.kind for part in parts}

    def _is_gemini_thought(self, delta: Object) -> bool:
        """Whether the content is marked as thinking, unless it has tags that tell it as well."""
        extra = delta.get("extra_content")
        google = extra.get("google") if isinstance(extra, dict) else None
        if not isinstance(google, dict) or google.get("thought") is not True:
            return False
        self._has_thought_tag = self._has_thought_tag or str(delta.get("content")).startswith("<thought")
        return not self._has_thought_tag

    def _note(self, parts: list[Part], delta: Object) -> None:
        if any(part.kind in ("odd", "lost") for part in parts):
            self._oddities.add("content")
        if delta.get("tool_calls") or delta.get("function_call") or any(part.kind == "tool" for part in parts):
            self._oddities.add("tool_calls")

    def _verdict(self, choice: Object, delta: Object, data: Object) -> Verdict | None:
        places = (choice.get("finish_reason"), choice.get("finishReason"), choice.get("finish_details"))
        given = (
            (place, verdict_of(place)) for place in (*places, delta.get("finish_reason"), data.get("finish_reason"))
        )
        reason, verdict = next(((reason, verdict) for reason, verdict in given if verdict), (None, None))
        if verdict is None:
            return None
        if verdict == "unknown" or not isinstance(reason, str):
            self._oddities.add("finish_reason")
        if verdict == "tool_call":
            self._oddities.add("tool_calls")
        return verdict


def _other_parts(delta: Object, choice: Object) -> Iterator[Part]:
    yield from parts_of(delta.get("refusal"), "refusal")
    if isinstance(audio := delta.get("audio"), dict):
        yield from parts_of(audio.get("transcript"))
    if not delta.get("content"):
        yield from _first_of(delta, ELSEWHERE) or _first_of(choice, BESIDE_DELTA)


def _first_of(place: Object, names: tuple[str, ...]) -> list[Part]:
    texts = (text for name in names if name in place and (text := place[name]))
    return next((found for text in texts if (found := list(parts_of(text)))), [])


def _has_text(delta: Object) -> bool:
    return any(delta.get(name) for name in ("content", *THINKING_FIELDS, "refusal", "tool_calls", *ELSEWHERE))
