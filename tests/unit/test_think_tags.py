"""Thinking between tags is held back only up to its limit."""

from worker.llm.think_tags import MOST_HELD, Split, ThinkTags

PIECE = "x" * 1024
MOST_PIECES = MOST_HELD // len(PIECE)


def test_white_space_above_the_limit_becomes_text() -> None:
    tags, blank = ThinkTags(), " " * MOST_HELD
    assert tags.split(blank) == Split("", "")
    assert tags.split(" ") == Split(blank + " ", "")
    assert tags.split("<think>x") == Split("<think>x", "")


def test_repeated_thinking_above_the_limit_is_passed_on() -> None:
    """Only the closing tag shows whether the thinking field has the same text."""
    tags = ThinkTags()
    tags.other_thinking(PIECE * (MOST_PIECES + 1))
    assert tags.split("<think>") == Split("", "")
    held = [tags.split(PIECE) for _ in range(MOST_PIECES - 1)]
    assert set(held) == {Split("", "")}
    assert tags.split(PIECE) == Split("", PIECE * MOST_PIECES)
    assert tags.split("y</think>Hello") == Split("Hello", "y")


def test_repeated_thinking_within_the_limit_is_dropped() -> None:
    tags = ThinkTags()
    tags.other_thinking(PIECE * 3)
    assert tags.split("<think>" + PIECE * 3) == Split("", "")
    assert tags.split("</think>Hello") == Split("Hello", "")
