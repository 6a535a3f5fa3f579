"""Joins an answer to a text that the model was asked to go on with, in words of its own. Pure."""

from worker.llm.seam import Seam, common

TAIL = 60
"""Characters of the text's end that a model is asked to repeat, so that the place where it goes on is found."""

WINDOW = 400
"""Characters of the text's end in which a repetition may begin: models repeat more than they are asked to."""

BEGINNING = 200
"""Characters from which an answer that begins as the text does is the text once more: some models begin anew."""

CHANCE = 8
FEW = 4
"""Characters from which a repetition is no chance: one that begins in the middle of a word, and one that begins with a
word, or where words have no spaces. One of whole words is none whatever its length."""

SPACED = "\u0e00"
"""Scripts before this character have spaces between words."""


def tail_of(text: str) -> str:
    """Returns the end of the text's last line that is not empty, from the beginning of a word."""
    line = text.rstrip().rpartition("\n")[2].strip()
    if len(line) <= TAIL:
        return line
    cut = line[-TAIL:]
    return cut if line[-TAIL - 1].isspace() else cut.partition(" ")[2].strip() or cut


class Overlap:
    """Removes from an answer, in pieces of any size, what the model repeats of the text before it goes on.

    That is the end of the text, or its beginning (see `BEGINNING`) as far as the answer is the same. Nothing else is
    left out but white space that the text ends with. Where the model repeats nothing, a space comes between two words:
    a reply mostly stops between words, and answers begin without white space.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._whole = text.strip()
        self._end = text.rstrip()[-WINDOW:]
        self._is_cut = len(text.rstrip()) > WINDOW
        self._seam = Seam(text, repeats=False)
        self._held = ""
        self._same = 0
        """Characters of an answer that is longer than any repetition of the end, all of them as in the text."""

        self._is_joined = False

    @property
    def is_over(self) -> bool:
        """Whether further text needs no look."""
        return self._is_joined and self._seam.is_over

    def take(self, piece: str) -> str:
        """Returns what the next piece of the answer adds to the text."""
        if self._is_joined:
            return piece if self._seam.is_over else self._seam.take(piece)
        if self._same:
            return self._after_same(piece)
        self._held += piece
        given = self._held.lstrip()
        if self._whole.startswith(given):
            self._same = len(given) if len(given) > WINDOW else 0
            return ""
        return "" if not given or self._may_go_on(given) else self._join(given)

    def finish(self) -> str:
        """Returns what was held back."""
        given = self._held.lstrip()
        return self._join(given) if given and not self._is_joined and not self._same else ""

    def _may_go_on(self, given: str) -> bool:
        """Whether the answer so far may be the beginning of a longer repetition of the end."""
        end, size = self._end, len(given)
        return any(end.startswith(given, start) for start in range(len(end) - size + 1))

    def _after_same(self, piece: str) -> str:
        """Returns what the piece adds, after an answer that was the beginning of the text."""
        if self._whole.startswith(piece, self._same):
            self._same += len(piece)
            return ""
        given = self._whole[: self._same] + piece
        self._held = self._held[: len(self._held) - len(self._held.lstrip())] + given
        return self._join(given)

    def _join(self, given: str) -> str:
        self._is_joined = True
        repeated = max(self._repeated_beginning(given), self._repeated_end(given))
        rest = given[repeated:] if repeated else self._held
        goes_on = repeated and self._whole.endswith(given[:repeated])
        if not goes_on and _are_words(self._text[-1:], rest[:1]):
            return " " + self._seam.take(rest)
        return self._seam.take(rest)

    def _repeated_beginning(self, given: str) -> int:
        """Returns how many characters of the answer are the text's beginning, up to the word from which they differ."""
        same = common(self._whole, given)
        if same < BEGINNING:
            return 0
        if same in (len(self._whole), len(given)):
            return same
        while same and not given[same - 1].isspace() and given[same - 1] < SPACED:
            same -= 1
        return same

    def _repeated_end(self, given: str) -> int:
        """Returns how many characters of the answer are the text's end."""
        for start in range(max(len(self._end) - len(given), 0), len(self._end)):
            if given.startswith(self._end[start:]) and self._is_repetition(start, given):
                return len(self._end) - start
        return 0

    def _is_repetition(self, start: int, given: str) -> bool:
        """Whether the end of the text from `start` on, with which the answer begins, is there on purpose."""
        size = len(self._end) - start
        before = self._end[start - 1 : start] if start else "x" * self._is_cut
        after = given[size : size + 1]
        begins_word = not before.strip()
        if begins_word and not after.isalnum():
            return True
        return size >= (FEW if begins_word or self._end[start] >= SPACED else CHANCE)


def _are_words(before: str, after: str) -> bool:
    """Whether two letters lie where the answer begins, of scripts with spaces."""
    return before.isalpha() and after.isalpha() and max(before, after) < SPACED
