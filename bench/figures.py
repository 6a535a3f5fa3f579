"""Pure: what the readers saw and when, as figures. Times in milliseconds unless a name says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, nan
from typing import Any

from bench.story import Story, Take, told
from bench.targets.base import Answer
from bench.texts import Wish

Answers = list[Answer] | BaseException

Figures = dict[str, Any]
PERCENTS = (50, 95, 99)


def percentile(values: Sequence[float], percent: float) -> float:
    """By the nearest rank; NaN of nothing."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)] if ordered else nan


@dataclass
class Tally:
    """Everything that the readers of one round saw."""

    wishes: list[Wish] = field(default_factory=list)
    failed: int = 0
    wrong: int = 0
    errors: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    first_tokens: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    events: int = 0
    first: float = float("inf")
    last: float = 0.0

    def count(self, wish: Wish, answers: Answers, sent: Sequence[float], take: Take) -> None:
        """One reply. `sent` is the model server's record: when it was asked, and when it sent each token."""
        self.wishes.append(wish)
        if isinstance(answers, BaseException):
            return self._fail(f"{type(answers).__name__}: {answers}")
        stories = [told(answer.response.pieces, take) for answer in answers]
        text = "".join(wish.pieces())
        if bad := [answer for answer in answers if answer.response.broken or answer.response.status != 200]:
            return self._fail(f"status {bad[0].response.status}, broken: {bad[0].response.broken}")
        if any(story.text != text for story in stories):
            self.wrong += 1
            return None
        self._time(wish, answers[0].asked, stories, sent)

    def _fail(self, error: str) -> None:
        self.failed += 1
        self.errors.append(error[:200])

    def _time(self, wish: Wish, asked: float, stories: list[Story], sent: Sequence[float]) -> None:
        story = stories[0]
        times = list(story.times(wish.pieces()))
        self.arrivals += times
        self.latencies += [(came - went) * 1000 for came, went in zip(times, sent[1:], strict=True)]
        first = min(story.arrivals[0][0] for story in stories)
        self.first_tokens.append(((first - asked) - (sent[1] - sent[0])) * 1000)
        self.events += story.events
        self.first, self.last = min(self.first, sent[1]), max(self.last, times[-1])

    def arrived(self, start: float, end: float) -> int:
        """Tokens that came in this time."""
        return sum(start <= came <= end for came in self.arrivals)

    @property
    def tokens(self) -> int:
        """Asked for, whether they came or not: whoever loses replies is not the cheaper for it."""
        return sum(wish.tokens for wish in self.wishes)

    def counts(self) -> Figures:
        """What was asked for, and what became of it."""
        return {
            "replies": len(self.wishes),
            "failed": self.failed,
            "wrong": self.wrong,
            "errors": sorted(set(self.errors))[:3],
            "tokens": self.tokens,
        }

    def figures(self) -> Figures:
        """The counts, and the times."""
        whole = len(self.wishes) - self.failed - self.wrong
        seconds = self.last - self.first
        return {
            **self.counts(),
            "tokens_per_event": len(self.latencies) / self.events if self.events else 0.0,
            "tokens_per_second": len(self.latencies) / seconds if whole and seconds > 0 else 0.0,
            **{f"latency_p{percent}": percentile(self.latencies, percent) for percent in PERCENTS},
            **{f"first_token_p{percent}": percentile(self.first_tokens, percent) for percent in PERCENTS},
        }


def per_token(seconds: dict[str, float], tokens: int) -> Figures:
    """Microseconds of processor time per token: of all server processes, and of each."""
    each = {name: 1e6 * used / tokens for name, used in seconds.items()}
    return {"cpu": sum(each.values()), "cpu_of": each}
