"""Pure: requests to the mock model and its replies. The text of a reply follows from its number, on both sides."""

import random
from dataclasses import dataclass
from typing import Self

SPECIAL = ("\n", "\n\n", ' "quoted"', " back\\slash", " 你好", "世界", "。", " naïve", " 🙂", " <b>", "\u2028", "\t-")


def _vocabulary() -> tuple[str, ...]:
    """Returns 401 words. The number is prime, so that every stride through them visits all."""
    dice = random.Random(1)
    letters = "etaoinshrdlucmfwyp"
    words = {" " + "".join(dice.choices(letters, k=dice.randint(2, 6))) for _ in range(600)}
    return (*SPECIAL, *sorted(words)[: 401 - len(SPECIAL)])


VOCABULARY = _vocabulary()


@dataclass(frozen=True)
class Wish:
    """A reply to ask for: `tokens`, `rate` per second (0: without pauses), seconds of `delay` before the first token.

    The model server keeps a `held` reply back until `/release`.
    """

    number: int
    tokens: int
    rate: float = 0
    delay: float = 0
    held: bool = False

    def question(self) -> str:
        return f"{self.number} {self.tokens} {self.rate} {self.delay} {int(self.held)}"

    @classmethod
    def parse(cls, question: str) -> Self:
        """Parses the text of `question`. Raises `ValueError` for any other text."""
        number, tokens, rate, delay, held = question.split(" ")
        return cls(int(number), int(tokens), float(rate), float(delay), held == "1")

    def words(self) -> list[int]:
        """Returns the vocabulary indices of all tokens except the first, which is `opening`."""
        size = len(VOCABULARY)
        stride = 1 + self.number % (size - 1)
        return [(self.number + step * stride) % size for step in range(1, self.tokens)]

    def opening(self) -> str:
        return f"#{self.number}"

    def pieces(self) -> list[str]:
        """Returns the tokens of the reply."""
        return [self.opening(), *(VOCABULARY[word] for word in self.words())]
