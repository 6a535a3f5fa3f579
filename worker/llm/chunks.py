"""One payload of an answer in, what it says of the reply out."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from worker.llm import usage
from worker.llm.parts import Part, parts_of
from worker.llm.reasons import Verdict, verdict_of

THINKING_FIELDS = (
    "reasoning_content",
    "reasoning",
    "reasoning_text",
    "thinking",
    "thinking_content",
    "thoughts",
    "reasoning_details",
    "thinking_blocks",
)
"""Of DeepSeek and most others; of OpenRouter, Groq and newer vLLM; of gateways. Several may repeat one text."""

Object = dict[str, Any]


class Said(NamedTuple):
    """What a payload says. `usage` is what the server wrote, to be parsed; `error` is the body of an error."""

    content: str = ""
    thinking: str = ""
    verdict: Verdict | None = None
    usage: Any = None
    error: Any = None


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


class ChunkReader:
    """Reads the payloads of one answer. What it finds odd is added to `oddities`."""

    def __init__(self, oddities: set[str]) -> None:
        self._oddities = oddities
        self._others: list[tuple[int, Said]] = []
        self._are_distinct = True
        self._has_content = False
        self._so_far = ""
        self._has_delta = False
        self._has_thought_tag = False

    def read(self, data: Object, event: str = "", so_far: str = "") -> Said:
        """What the payload says of the first choice. `so_far` is the content that came before."""
        if isinstance(inner := data.get("data"), dict) and "choices" in inner:
            data = inner  # another server's envelope
        self._so_far = so_far
        error = error_of(data, event)
        choice = self._choice(data)
        if choice is None:
            return Said(usage=usage.usage_of(data, {}), error=error)
        error = error or choice.get("error")
        said = self._read_choice(data, choice, error)
        index = _index(choice)
        if index == 0:
            self._has_content = self._has_content or bool(said.content)
            return said
        self._keep(index, said)
        return Said(usage=said.usage, error=error)

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

    def _choice(self, data: Object) -> Object | None:
        """The first choice of those in the payload; None without any."""
        choices = data.get("choices")
        listed = choices if isinstance(choices, list) else [choices]
        found = [each for each in listed if isinstance(each, dict)]
        if not found and (isinstance(data.get("message"), dict) or "done" in data or "response" in data):
            return _bare(data)
        if not found:
            return None
        if len(found) > 1 or _index(found[0]):
            self._oddities.add("choice")
        return min(found, key=_index)

    def _read_choice(self, data: Object, choice: Object, error: Any) -> Said:
        delta = self._delta_of(choice)
        content, thinking, refused = self._text(delta, choice)
        verdict = self._verdict(choice, delta)
        if refused:
            verdict = "content_filter"
        return Said(content, thinking, verdict, usage.usage_of(data, choice), error)

    def _delta_of(self, choice: Object) -> Object:
        """What the choice adds. A whole answer has a message, and so have the streams of some servers."""
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(delta, str | list):
            return {"content": delta}
        if isinstance(delta, dict) and (_has_text(delta) or not isinstance(message, dict)):
            self._has_delta = True
            return delta
        return self._news(message) if isinstance(message, dict) else {}

    def _news(self, message: Object) -> Object:
        """What a message adds: some servers send all of the text so far each time, some repeat it at the end."""
        content, so_far = message.get("content"), self._so_far
        if not (so_far and isinstance(content, str)):
            return message
        if self._has_delta and content.strip() == so_far.strip():
            return {**message, "content": "", **dict.fromkeys(THINKING_FIELDS)}
        if content.startswith(so_far) and len(content) > len(so_far):
            return {**message, "content": content[len(so_far) :], **dict.fromkeys(THINKING_FIELDS)}
        return message

    def _text(self, delta: Object, choice: Object) -> tuple[str, str, bool]:
        """Content, thinking, and whether the model refused."""
        content = delta.get("content")
        thinking = next((value for name in THINKING_FIELDS if (value := delta.get(name))), None)
        parts = [*parts_of(thinking, "thinking"), *parts_of(content), *_other_parts(delta, choice)]
        self._note(parts, delta)
        if self._is_gemini_thought(delta):
            parts = [Part("thinking", part.text) for part in parts]
        refused = any(part.kind == "refusal" for part in parts)
        text = "".join(part.text for part in parts if part.kind in ("content", "refusal"))
        return text, "".join(part.text for part in parts if part.kind == "thinking"), refused

    def _is_gemini_thought(self, delta: Object) -> bool:
        """Whether the content is marked as thinking, unless it has tags that tell it as well."""
        extra = delta.get("extra_content")
        google = extra.get("google") if isinstance(extra, dict) else None
        if not isinstance(google, dict) or google.get("thought") is not True:
            return False
        self._has_thought_tag = self._has_thought_tag or str(delta.get("content")).startswith("<thought")
        return not self._has_thought_tag

    def _note(self, parts: list[Part], delta: Object) -> None:
        if any(part.kind == "odd" for part in parts):
            self._oddities.add("content")
        if delta.get("tool_calls") or delta.get("function_call"):
            self._oddities.add("tool_calls")

    def _verdict(self, choice: Object, delta: Object) -> Verdict | None:
        places = (choice.get("finish_reason"), choice.get("finishReason"), choice.get("finish_details"))
        reason = next((place for place in (*places, delta.get("finish_reason")) if place is not None), None)
        if reason is None:
            return None
        verdict = verdict_of(reason)
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
        yield from parts_of(next((place[name] for place, name in _elsewhere(delta, choice) if place.get(name)), None))


def _elsewhere(delta: Object, choice: Object) -> Iterator[tuple[Object, str]]:
    """Where single servers put the text that is not in the content."""
    yield from ((delta, name) for name in ("text", "parts", "answer"))
    yield choice, "text"


def _has_text(delta: Object) -> bool:
    return any(delta.get(name) for name in ("content", *THINKING_FIELDS, "refusal", "text", "tool_calls"))


def _bare(data: Object) -> Object:
    """A line of Ollama's own interface, or of Cloudflare's, as a choice."""
    reason = data.get("done_reason") or ("stop" if data.get("done") is True else None)
    counts = data if "eval_count" in data else None
    if isinstance(data.get("message"), dict):
        return {"delta": data["message"], "finish_reason": reason, "usage": counts}
    return {"delta": {"content": data.get("response")}, "finish_reason": reason, "usage": counts}


def error_of(data: Object, event: str = "") -> Any:
    """The body of the error that a payload tells of; None where it does not.

    OpenAI's `error`, Cloudflare's `errors`, MiniMax' `base_resp`, vLLM's `object: "error"`, `type: "error"`,
    FastAPI's `detail`, Baidu's `error_code`, Zhipu's and others' `code` with `msg`, and events of the type `error`.
    """
    if error := data.get("error") or data.get("errors"):
        return error
    if isinstance(groq := data.get("x_groq"), dict) and groq.get("error"):
        return groq["error"]
    base = data.get("base_resp")
    if isinstance(base, dict) and base.get("status_code"):
        return {"code": base["status_code"], "message": base.get("status_msg")}
    if event == "error" or "error" in (data.get("object"), data.get("type"), data.get("status")):
        return data
    if data.get("choices") or isinstance(data.get("message"), dict):
        return None
    return data if _tells_of_error(data) else None


def _tells_of_error(data: Object) -> bool:
    """Of a payload without choices. Some send `code: 0` or `code: 200` with good news."""
    code, words = data.get("code"), data.get("msg") or data.get("message")
    if code in (0, 200, "0", "200", "ok", "success"):
        return False
    return bool(data.get("error_code") or (words and (code or len(data) == 1)) or ("detail" in data and len(data) == 1))
