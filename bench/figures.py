"""Pure: computes figures from what the readers received and when. Milliseconds, unless a name says otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil, nan
from typing import Any

from bench.targets.base import Answer
from bench.texts import Wish
from bench.transcript import Take, Transcript, parse_response

Answers = list[Answer] | BaseException

Figures = dict[str, Any]
PERCENTS = (50, 95, 99)


def percentile(values: Sequence[float], percent: float) -> float:
    """Returns a percentile by the nearest rank; NaN if there are no values."""
    ordered = sorted(values)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)] if ordered else nan


@dataclass
class Tally:
    """Counts and times of all replies of one round."""

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
        """Adds one reply. `sent` is the model server's record: the time of the request, then of each token."""
        self.wishes.append(wish)
        if isinstance(answers, BaseException):
            return self._fail(f"{type(answers).__name__}: {answers}")
        transcripts = [parse_response(answer.response.pieces, take) for answer in answers]
        text = "".join(wish.pieces())
        if bad := [answer for answer in answers if answer.response.broken or answer.response.status != 200]:
            return self._fail(f"status {bad[0].response.status}, broken: {bad[0].response.broken}")
        if any(transcript.text != text for transcript in transcripts):
            self.wrong += 1
            return None
        self._time(wish, answers[0].asked, transcripts, sent)

    def _fail(self, error: str) -> None:
        self.failed += 1
        self.errors.append(error[:200])

    def _time(self, wish: Wish, asked: float, transcripts: list[Transcript], sent: Sequence[float]) -> None:
        transcript = transcripts[0]
        times = list(transcript.times(wish.pieces()))
        self.arrivals += times
        self.latencies += [(came - went) * 1000 for came, went in zip(times, sent[1:], strict=True)]
        first = min(transcript.arrivals[0][0] for transcript in transcripts)
        self.first_tokens.append(((first - asked) - (sent[1] - sent[0])) * 1000)
        self.events += transcript.events
        self.first, self.last = min(self.first, sent[1]), max(self.last, times[-1])

    def arrived(self, start: float, end: float) -> int:
        """Returns the number of tokens that arrived between `start` and `end`."""
        return sum(start <= came <= end for came in self.arrivals)

    @property
    def tokens(self) -> int:
        """Tokens asked for. Includes lost ones, so that a target that loses replies does not look cheaper."""
        return sum(wish.tokens for wish in self.wishes)

    def counts(self) -> Figures:
        """Returns the counts of replies and tokens, and up to three errors."""
        return {
            "replies": len(self.wishes),
            "failed": self.failed,
            "wrong": self.wrong,
            "errors": sorted(set(self.errors))[:3],
            "tokens": self.tokens,
        }

    def figures(self) -> Figures:
        """Returns the counts, rates and percentiles."""
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
    """Returns microseconds of CPU time per token: of all server processes, and of each."""
    each = {name: 1e6 * used / tokens for name, used in seconds.items()}
    return {"cpu": sum(each.values()), "cpu_of": each}
