"""Joins a reply to the text that it continues: no character twice, none missing. Pure."""

REPETITION = 16
"""Characters from which the same beginning is no chance: a server that goes on differently after them has changed the
text that it repeats."""


class NotContinued(Exception):
    """Raised where a model server does not continue the text that it was given. Nothing of its answer was used."""


class Seam:
    """Removes from an answer the text that it continues, in pieces of any size.

    `text`: the text so far. White space at its end is not sent to the server (see `prefix_of`), so the model writes it
    again; what is the same of it is left out. `repeats`: the server may begin its answer with the text that it was
    given, without the white space around it. `has_thought`: there was thinking before the text, so that a tag of
    thinking at the beginning of the answer means what it says.
    """

    def __init__(self, text: str, *, repeats: bool, has_thought: bool = False) -> None:
        prefix = prefix_of(text)
        self.has_thought = has_thought
        self.is_over = False
        """Further text needs no look."""

        self._space = text[len(prefix) :]
        self._repeated = prefix.strip() if repeats else ""
        self._before = ""
        """White space before a repetition."""

        self._matched = 0

    def take(self, piece: str) -> str:
        """Returns what the next piece of the answer adds to the text so far. Raises `NotContinued`."""
        if self._repeated:
            piece = self._after_repetition(piece)
        return piece if self.is_over or self._repeated else self._after_space(piece)

    def finish(self) -> str:
        """Returns what was held back: an answer that has ended may be like the beginning of the text by chance."""
        if not self._repeated:
            return ""
        held, self._repeated = self._before + self._repeated[: self._matched], ""
        return self._after_space(held)

    def _after_repetition(self, piece: str) -> str:
        """Returns the rest of the piece after the repeated text, or all that was held back if it is none."""
        if not self._matched:
            stripped = piece.lstrip()
            self._before += piece[: len(piece) - len(stripped)]
            piece = stripped
        expected = self._repeated[self._matched : self._matched + len(piece)]
        if piece.startswith(expected):
            self._matched += len(expected)
            if self._matched < len(self._repeated):
                return ""
            self._repeated, piece = "", piece[len(expected) :]
            return piece
        matched = self._matched + common(piece, expected)
        if matched >= REPETITION:
            raise NotContinued
        piece = self._before + self._repeated[: self._matched] + piece
        self._repeated = ""
        return piece

    def _after_space(self, piece: str) -> str:
        """Returns the piece without the white space that the text so far ends with."""
        count = common(piece, self._space)
        self._space = self._space[count:]
        self.is_over = not self._space or count < len(piece)
        return piece[count:]


def prefix_of(text: str) -> str:
    """Returns the text without white space at its end.

    Many chat templates remove it, and models go on badly after it, because their words begin with a space.
    """
    return text.rstrip()


def common(one: str, other: str) -> int:
    """Returns how many characters at the beginning are the same."""
    length = min(len(one), len(other))
    return next((index for index in range(length) if one[index] != other[index]), length)
