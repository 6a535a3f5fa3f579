"""Reads what a payload of an answer adds to the reply."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from worker.llm import usage
from worker.llm.delta import CallDelta
from worker.llm.errors import error_of
from worker.llm.lost import MAX_FIELD_NAMES, TEXT_NAMES, has_text, unknown_text
from worker.llm.parts import Part, parts_of
from worker.llm.reasons import Verdict, more_severe, verdict_of
from worker.llm.shapes import Shape, normalized, shape_of
from worker.llm.tool_calls import ToolCallReader

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
"""Names of DeepSeek and most others; of OpenRouter, Groq and newer vLLM; of gateways. Several may repeat one text."""

OTHER_DELTA_FIELDS = ("text", "parts", "answer", "value")
OTHER_CHOICE_FIELDS = ("text", "messages")
"""Where single servers put text that is not in the delta's content: fields of the delta, and of the choice."""

Object = dict[str, Any]


class Fragment(NamedTuple):
    """What a payload adds to the reply. `usage` is unparsed, as the server wrote it. `error` is the body of an error.

    `is_whole`: it has a message, as a whole answer has. `has_lost`: it has text of the reply that is not read.
    `has_unknown`: it has text in a field whose name says nothing. `calls`: of tools, where they are read.
    """

    content: str = ""
    thinking: str = ""
    verdict: Verdict | None = None
    usage: Any = None
    error: Any = None
    is_whole: bool = False
    has_lost: bool = False
    has_unknown: bool = False
    calls: tuple[CallDelta, ...] = ()


PLAIN_CHOICE = frozenset(("index", "delta", "finish_reason", "logprobs"))
PLAIN_PAYLOAD = frozenset(
    ("id", "object", "created", "model", "choices", "usage", "system_fingerprint", "service_tier", "obfuscation")
)
KNOWN_FIELDS = frozenset(
    """
    index delta role id name type refusal audio annotations tool_calls function_call logprobs token_ids error usage
    finish_reason finishReason finish_details stop_reason native_finish_reason extra_content
    """.split()
).union(THINKING_FIELDS, OTHER_DELTA_FIELDS, OTHER_CHOICE_FIELDS, TEXT_NAMES)
"""Fields of choices, deltas and messages that are read, and common ones without text."""


def plain_text(data: Object) -> str | None:
    """Returns the text of a payload that adds content and nothing else, as nearly all do; otherwise None."""
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


def _thinking_of(fields: Object) -> Any:
    return next((value for name in THINKING_FIELDS if (value := fields.get(name))), None)


def _joined(one: Fragment, other: Fragment) -> Fragment:
    """Merges what two pieces of one choice add."""
    verdict = more_severe(one.verdict, other.verdict) if other.verdict else one.verdict
    return Fragment(
        one.content + other.content,
        one.thinking + other.thinking,
        verdict,
        other.usage or one.usage,
        one.error or other.error,
        one.is_whole or other.is_whole,
        one.has_lost or other.has_lost,
        one.has_unknown or other.has_unknown,
        one.calls + other.calls,
    )


class ChunkReader:
    """Reads the payloads of one answer. Adds to `oddities` what is odd. `so_far` returns the content so far.

    `calls`: reads calls of tools, where the model may call some. Otherwise each call is an oddity.
    """

    def __init__(self, oddities: set[str], so_far: Callable[[], str], calls: ToolCallReader | None = None) -> None:
        self.unknown_fields: set[str] = set()
        """Names of fields with text that is not read; at most `MAX_FIELD_NAMES`."""

        self._oddities = oddities
        self._calls = calls
        self._content_so_far = so_far
        self._thinking_so_far: list[str] = []
        self._other_choices: list[tuple[int, Fragment]] = []
        self._are_distinct = True
        self._has_content = False
        self._has_delta = self._is_cumulative = False
        self._has_thought_tag = False

    def read(self, data: Object, event: str = "") -> Fragment:
        """Returns what the payload adds to the first choice."""
        error = error_of(data, event)
        shape = shape_of(data, event)
        error = error or shape.error
        if not shape.choices:
            counts = usage.usage_of(data, {}) or shape.usage
            return Fragment(usage=counts, error=error, has_lost=shape.has_lost and error is None)
        choice, *more = self._first(shape.choices)
        fragment = self._read_choice(data, choice, shape, error or choice.get("error"))
        for each in more:
            fragment = _joined(fragment, self._read_choice(data, each, shape, error or each.get("error")))
        index = _index(choice)
        if index == 0:
            self._has_content = self._has_content or bool(fragment.content or fragment.calls)
            return fragment
        self._keep(index, fragment)
        return Fragment(usage=fragment.usage, error=fragment.error, is_whole=fragment.is_whole)

    def _keep(self, index: int, fragment: Fragment) -> None:
        """Keeps a fragment of another choice for as long as it may be needed."""
        self._are_distinct = self._are_distinct and index not in (known for known, _ in self._other_choices[-3:])
        if self._has_content and not self._are_distinct:
            self._other_choices.clear()
        else:
            self._other_choices.append((index, fragment))

    def other_choices(self) -> list[Fragment]:
        """Returns the fragments of other choices if they are the reply, and forgets all of them.

        If no index came twice, these are all of them, because TGI numbered tokens so. If the first choice has no text,
        these are the ones of the lowest index.
        """
        other_choices, self._other_choices = self._other_choices, []
        indices = [index for index, _ in other_choices]
        if len(set(indices)) == len(indices) > 1:
            return [fragment for _, fragment in other_choices]
        if self._has_content or not other_choices:
            return []
        return [fragment for index, fragment in other_choices if index == min(indices)]

    def _first(self, choices: list[Object]) -> list[Object]:
        """Returns the choices of the lowest index: some servers send several pieces of one choice at once."""
        if len(choices) == 1 and not _index(choices[0]):
            return choices
        self._oddities.add("choice")
        lowest = min(_index(choice) for choice in choices)
        return [choice for choice in choices if _index(choice) == lowest]

    def _read_choice(self, data: Object, choice: Object, shape: Shape, error: Any) -> Fragment:
        delta, is_message = self._delta_of(choice)
        content, thinking, kinds = self._text(delta, choice)
        verdict = self._verdict(choice, delta, data)
        lost = "lost" in kinds or not (content or thinking or error or kinds or not has_text(choice))
        is_known = KNOWN_FIELDS.issuperset(delta) and KNOWN_FIELDS.issuperset(choice)
        if lost and not content:
            content, thinking, kinds = self._text(normalized(choice)["delta"], {})
            lost = not content
            is_known = is_known or bool(content)
        has_unknown = not is_known and self._note_unknown({**choice, **delta})
        if is_message or shape.repeats or shape.may_be_cumulative:
            content, thinking = self._increment(content, thinking, verdict is not None, shape.repeats)
        if thinking:
            self._thinking_so_far.append(thinking)
        if "refusal" in kinds:
            verdict = "content_filter"
        counts = usage.usage_of(data, choice) or shape.usage
        calls = self._calls.read(delta, is_whole=is_message) if self._calls else ()
        lost = lost or (shape.has_lost and error is None)
        return Fragment(content, thinking, verdict, counts, error, "message" in choice, lost, has_unknown, calls)

    def _note_unknown(self, fields: Object) -> bool:
        """Records the names of fields that have text and are not known. Returns whether there is one."""
        names = unknown_text(fields, KNOWN_FIELDS)
        if names:
            self._oddities.add("unknown_field")
            self.unknown_fields.update(sorted(names)[: MAX_FIELD_NAMES - len(self.unknown_fields)])
        return bool(names)

    def _delta_of(self, choice: Object) -> tuple[Object, bool]:
        """Returns what the choice adds, and whether it is a message, which whole answers and some streams have."""
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(delta, str | list):
            return {"content": delta}, False
        if isinstance(message, str | list):
            message = {"content": message}
        if isinstance(delta, dict) and (_has_text(delta) or not isinstance(message, dict)):
            self._has_delta = True
            return delta, False
        return (message, True) if isinstance(message, dict) else (choice, False)

    def _increment(self, content: str, thinking: str, ends: bool, repeats: bool) -> tuple[str, str]:
        """Returns the new text: some servers send all of the text so far each time, some repeat it at the end."""
        new = self._new_part(content, self._content_so_far(), ends, repeats) if content else ""
        if new != content:  # the content came before, and its thinking with it
            return new, ""
        return new, self._new_part(thinking, "".join(self._thinking_so_far), ends, repeats)

    def _new_part(self, text: str, so_far: str, ends: bool, repeats: bool) -> str:
        """Returns the new part of a text that may begin with all text so far, or be part of it if it `repeats`."""
        earlier, stripped = so_far.strip(), text.strip()
        if earlier and stripped == earlier and (self._has_delta or self._is_cumulative or ends):
            return ""
        if repeats and stripped in earlier:
            return ""
        if so_far and text.startswith(so_far) and len(text) > len(so_far):
            self._is_cumulative = True
            return text[len(so_far) :]
        return text

    def _text(self, delta: Object, choice: Object) -> tuple[str, str, set[str]]:
        """Returns the content, the thinking, and the kinds of the parts."""
        content = delta.get("content")
        thinking = _thinking_of(delta) or (None if PLAIN_CHOICE.issuperset(choice) else _thinking_of(choice))
        parts = [*parts_of(thinking, "thinking"), *parts_of(content), *_other_parts(delta, choice)]
        self._note_oddities(parts, delta)
        if self._is_gemini_thought(delta):
            parts = [Part("thinking", part.text) for part in parts]
        text = "".join(part.text for part in parts if part.kind in ("content", "refusal"))
        thinking = "".join(part.text for part in parts if part.kind == "thinking")
        return text, thinking, {part.kind for part in parts}

    def _is_gemini_thought(self, delta: Object) -> bool:
        """Returns whether the content is marked as thinking; False if tags in the content mark it as well."""
        extra = delta.get("extra_content")
        google = extra.get("google") if isinstance(extra, dict) else None
        if not isinstance(google, dict) or google.get("thought") is not True:
            return False
        self._has_thought_tag = self._has_thought_tag or str(delta.get("content")).startswith("<thought")
        return not self._has_thought_tag

    def _note_oddities(self, parts: list[Part], delta: Object) -> None:
        if any(part.kind in ("odd", "lost") for part in parts):
            self._oddities.add("content")
        if any(part.kind == "tool" for part in parts) or (not self._calls and _has_call(delta)):
            self._oddities.add("tool_calls")

    def _verdict(self, choice: Object, delta: Object, data: Object) -> Verdict | None:
        candidates = (choice.get("finish_reason"), choice.get("finishReason"), choice.get("finish_details"))
        given = (
            (reason, verdict_of(reason))
            for reason in (*candidates, delta.get("finish_reason"), data.get("finish_reason"))
        )
        reason, verdict = next(((reason, verdict) for reason, verdict in given if verdict), (None, None))
        if verdict is None:
            return None
        if verdict == "unknown" or not isinstance(reason, str):
            self._oddities.add("finish_reason")
        if verdict == "tool_call" and not self._calls:
            self._oddities.add("tool_calls")
        return verdict


def _has_call(delta: Object) -> bool:
    return bool(delta.get("tool_calls") or delta.get("function_call"))


def _other_parts(delta: Object, choice: Object) -> Iterator[Part]:
    yield from parts_of(delta.get("refusal"), "refusal")
    if isinstance(audio := delta.get("audio"), dict):
        yield from parts_of(audio.get("transcript"))
    if not delta.get("content"):
        yield from _first_of(delta, OTHER_DELTA_FIELDS) or _first_of(choice, OTHER_CHOICE_FIELDS)


def _first_of(fields: Object, names: tuple[str, ...]) -> list[Part]:
    texts = (text for name in names if name in fields and (text := fields[name]))
    return next((found for text in texts if (found := list(parts_of(text)))), [])


def _has_text(delta: Object) -> bool:
    return any(delta.get(name) for name in ("content", *THINKING_FIELDS, "refusal", "tool_calls", *OTHER_DELTA_FIELDS))
