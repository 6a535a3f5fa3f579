"""Pure: what the mock model is asked for, and what it says: each time another text, which both sides can work out."""

import random
from dataclasses import dataclass
from typing import Self

SPECIAL = ("\n", "\n\n", ' "quoted"', " back\\slash", " 你好", "世界", "。", " naïve", " 🙂", " <b>", "\u2028", "\t-")


def _vocabulary() -> tuple[str, ...]:
    """401 words; a prime number, so that every stride through them meets all."""
    dice = random.Random(1)
    letters = "etaoinshrdlucmfwyp"
    words = {" " + "".join(dice.choices(letters, k=dice.randint(2, 6))) for _ in range(600)}
    return (*SPECIAL, *sorted(words)[: 401 - len(SPECIAL)])


VOCABULARY = _vocabulary()


@dataclass(frozen=True)
class Wish:
    """One reply to ask for: so many `tokens`, `rate` a second (0: as fast as they go), the first after `delay` seconds.

    A `held` reply waits until the model server is told to release all.
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
        """Raises `ValueError` for what no `question` wrote."""
        number, tokens, rate, delay, held = question.split(" ")
        return cls(int(number), int(tokens), float(rate), float(delay), held == "1")

    def words(self) -> list[int]:
        """The places in the vocabulary of every token but the first, which is `opening`."""
        size = len(VOCABULARY)
        stride = 1 + self.number % (size - 1)
        return [(self.number + step * stride) % size for step in range(1, self.tokens)]

    def opening(self) -> str:
        return f"#{self.number}"

    def pieces(self) -> list[str]:
        """The reply, token by token."""
        return [self.opening(), *(VOCABULARY[word] for word in self.words())]
