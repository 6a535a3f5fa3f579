"""Finds the words of a query in texts, and makes excerpts. Pure.

Case, width and the way of encoding do not matter: texts and words are compared as `fold` returns them. A word is found
anywhere, even within another word, so languages without spaces need no dictionary.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple, Self
from unicodedata import category, normalize

from chat.errors import InvalidRequest

MAX_QUERY_CHARS = 200
MAX_WORDS = 8

PIECE = 1024
"""Characters that are folded at once: normalizing takes quadratic time where there are many combining marks."""

SMALL_PIECE = 64
"""The same where it is known that a word occurs: its place is found character by character."""

EXCERPT_CHARS = 120
BEFORE = 40
"""Characters of an excerpt before its first match, where there are enough after it."""

MOST_JOINED = 32
"""Code points by which an excerpt is longer at most so that it does not divide a visible character."""

ZERO_WIDTH_JOINER = "\u200d"
FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
"""Two of them are a flag."""

TEXT_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Controls that would change the order of the text around an excerpt."""

Range = tuple[int, int]
"""Begin and end."""


class Query(NamedTuple):
    """The words that all have to occur, folded."""

    words: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Returns the words of the text. Raises `InvalidRequest` where there are none or too many."""
        words = tuple(dict.fromkeys(fold(text).split()))
        if not words:
            raise InvalidRequest("The query is empty. Write at least one word.")
        if len(text) > MAX_QUERY_CHARS or len(words) > MAX_WORDS:
            raise InvalidRequest(
                f"The query is too long. Search for at most {MAX_WORDS} words, {MAX_QUERY_CHARS} characters in all."
            )
        return cls(words)


class Excerpt(NamedTuple):
    """Some 120 characters of a text on one line. `ranges`: where words match, in UTF-16 code units."""

    text: str
    ranges: list[Range]


class Occurrences:
    """Which words of a query occur in a text that is given piece by piece, as `pieces` makes them.

    `first`: the part of the text that has the first occurrence of any word.
    """

    def __init__(self, query: Query) -> None:
        self.missing = set(query.words)
        self.first: Range | None = None
        self._longest = max(map(len, query.words))
        self._window: list[tuple[int, str]] = []

    def add(self, begin: int, piece: str) -> None:
        window = self._window
        window.append((begin, fold(piece)))
        while sum(len(folded) for _, folded in window[1:-1]) >= self._longest:
            del window[0]
        folded = "".join(folded for _, folded in window)
        found = {word for word in self.missing if word in folded}
        if found and not self.first:
            self.first = window[0][0], begin + len(piece)
        self.missing -= found


def fold(text: str) -> str:
    """Returns the text in the form in which texts are compared."""
    return text.lower() if text.isascii() else normalize("NFKC", normalize("NFKC", text).casefold())


def pieces(text: str, size: int = PIECE, part: Range | None = None) -> Iterator[tuple[int, str]]:
    """Yields the text, or a part of it, in pieces with the index of each. Folded one by one they are the same."""
    begin, last = part or (0, len(text))
    while begin < last:
        end = min(begin + size, last)
        while end < min(begin + size + PIECE, last) and _continues(text[end]):
            end += 1
        yield begin, text[begin:end]
        begin = end


def find(query: Query, text: str) -> Excerpt | None:
    """Returns an excerpt of the text if all words occur in it."""
    occurrences = Occurrences(query)
    for begin, piece in pieces(text):
        occurrences.add(begin, piece)
        if not occurrences.missing:
            return excerpt(query, text, occurrences.first or (0, 0))
    return None


def excerpt(query: Query, text: str, part: Range) -> Excerpt:
    """Returns an excerpt around the first match in this part of the text."""
    match = min(_matches(query, text, _narrowed(query, text, part)), default=(part[0], part[0]))
    begin, end = _around(match, len(text))
    begin = next((at for at in range(begin, max(begin - MOST_JOINED, 0), -1) if _is_between(text, at)), begin)
    end = next((at for at in range(end, min(end + MOST_JOINED, len(text))) if _is_between(text, at)), end)
    shown, offsets = _one_line(text, begin, end)
    ranges = [(offsets[first - begin], offsets[last - begin]) for first, last in _merged(query, text, (begin, end))]
    return Excerpt(shown, [(first, last) for first, last in ranges if first < last])


def _narrowed(query: Query, text: str, part: Range) -> Range:
    """Returns a small part of this part that has its first match."""
    occurrences = Occurrences(query)
    for begin, piece in pieces(text, SMALL_PIECE, part):
        occurrences.add(begin, piece)
        if occurrences.first:
            return occurrences.first
    return part[0], part[0]


def _around(match: Range, length: int) -> Range:
    begin = max(match[0] - BEFORE, 0)
    end = max(begin + EXCERPT_CHARS, match[1])
    return (begin, end) if end < length else (max(min(begin, length - EXCERPT_CHARS), 0), length)


def _one_line(text: str, begin: int, end: int) -> tuple[str, list[int]]:
    """Returns the excerpt, and for each index of the text from `begin` to `end` its offset in UTF-16 code units."""
    shown = ["…"] if begin else []
    offsets, offset, blank = list[int](), len(shown), True
    for char in text[begin:end]:
        offsets.append(offset)
        if char.isspace():
            char = "" if blank else " "
            blank = True
        elif category(char) in ("Cc", "Cs") or char in TEXT_DIRECTION:
            char = ""
        else:
            blank = False
        shown.append(char)
        offset += len(char) + (char > "\uffff")
    line = "".join(shown).rstrip()
    return line + "…" * (end < len(text)), [*offsets, offset]


def _matches(query: Query, text: str, part: Range) -> Iterator[Range]:
    """Yields the occurrences of the query's words in this part, as indices of the text."""
    folded, origins = "", list[Range]()
    for begin, end in _clusters(text, *part):
        cluster = fold(text[begin:end])
        folded += cluster
        origins += [(begin, end)] * len(cluster)
    for word in query.words:
        at = folded.find(word)
        while at >= 0:
            yield origins[at][0], origins[at + len(word) - 1][1]
            at = folded.find(word, at + 1)


def _merged(query: Query, text: str, part: Range) -> list[Range]:
    merged = list[Range]()
    for begin, end in sorted(_matches(query, text, part)):
        if merged and begin <= merged[-1][1]:
            begin, end = merged[-1][0], max(end, merged.pop()[1])
        merged.append((begin, end))
    return merged


def _clusters(text: str, begin: int, end: int) -> Iterator[Range]:
    """Yields the smallest parts that can be folded one by one."""
    cuts = [begin, *(at for at in range(begin + 1, end) if not _continues(text[at])), end]
    return pairwise(cuts)


def _continues(char: str) -> bool:
    """Whether normalizing may compose the character with the one before."""
    if char < "\u0300" or "\u3400" <= char <= "\u9fff":
        return False
    head = normalize("NFKD", char)[0]
    return category(head)[0] == "M" or "\u1160" <= head <= "\u11ff"


def _is_between(text: str, at: int) -> bool:
    """Whether an excerpt may be cut here: not within an emoji, a flag, or a letter with its marks."""
    before, char = text[at - 1], text[at]
    if ZERO_WIDTH_JOINER in (before, char) or "\U0001f3fb" <= char <= "\U0001f3ff" or _continues(char):
        return False
    past = text[max(at - PIECE, 0) : at]
    letters = len(past) - len(past.rstrip(FLAG_LETTERS))
    return letters % 2 == 0 or char not in FLAG_LETTERS
