"""What a screen reader has of a reply: each thing once and by its name, and calm announcements."""

from playwright.async_api import Page

from tests.e2e.reading import reading_of
from tests.support.stack import Stack

ANNOUNCED = (
    "Thinking",
    "Reply finished: Keeping promises",
    "Thinking",
    "Stopped",
    "Thinking",
    "The model service refused the API key. Check OPENAI_API_KEY.",
)
ONCE = (
    "Keeping promises",
    "what it was given.",
    "It is claimed once.",
    "claim(job)",
    "open",
    "That is all.",
    "Stopped",
)
NAMED = ("group: Code: python", "group: Table", "group: Formula", "heading 1", "article: Assistant")
READ = {"article", "button", "cell", "code", "columnheader", "figure", "Figcaption", "group", "heading", "list"}
READ |= {"listitem", "log", "row", "table", "time"}
"""The roles of what is read. A caret, a dot or a picture of a button would be another."""


async def test_a_reply_is_read_once_by_names_and_announced_calmly(stack: Stack, page: Page) -> None:
    reading = await reading_of(page, stack)
    announced = reading.announced
    assert len(announced) == len(ANNOUNCED), announced
    assert all(said.startswith(begin) for said, begin in zip(announced, ANNOUNCED, strict=True)), announced
    finished = announced[1]
    assert finished.endswith("That is all.")
    assert "$" not in finished
    assert "`" not in finished

    lines = [line.strip() for line in reading.tree]
    assert [text for text in ONCE if lines.count(text) != 1] == []
    assert [name for name in NAMED if name not in lines] == []
    assert "python" not in lines, "the name of the code has its language"
    assert lines.count("Assistant") == 0, "the article has its name"
    assert reading.roles - READ == set()
