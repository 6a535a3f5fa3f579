"""What models get of files: texts that fit, pictures as parts, and a sentence for what is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.attachments import Attachment
from chat.files import names
from chat.messages import Message
from worker.llm import blocks
from worker.llm.prompt import build, has_pictures, texts_of

NOTES = Attachment(id="0" * 32, name="notes.md", type="text/markdown", size=5, kind="text")
PHOTO = Attachment(id="1" * 32, name="a.jpg", type="image/jpeg", size=5, kind="image", width=4, height=3)
URL = "data:image/jpeg;base64,AAAA"


@given(st.text(max_size=3000), st.integers(0, 500))
def test_a_text_is_cut_to_the_tokens_that_there_are(text: str, tokens: int) -> None:
    kept = blocks.fitting(text, tokens)
    assert text.startswith(kept)
    assert blocks.tokens_of(kept) <= tokens
    if blocks.tokens_of(text) <= tokens and tokens:
        assert kept == text


@pytest.mark.parametrize(("text", "tokens"), [("a" * 400, 100), ("你" * 100, 100), ("", 0)])
def test_tokens_are_estimated_by_script(text: str, tokens: int) -> None:
    assert blocks.tokens_of(text) == tokens


def test_a_text_that_was_cut_says_so() -> None:
    assert blocks.CUT in blocks.text(NOTES, "words " * 100, 60, None).text
    assert blocks.CUT in blocks.text(NOTES, "words " * 100, 600, 20).text
    assert blocks.CUT not in blocks.text(NOTES, "words", 60, 20).text
    assert blocks.EMPTY in blocks.text(NOTES, "", 60, 20).text


def test_files_stand_before_the_question_that_has_them() -> None:
    question = Message(id="q", role="user", content="what is it?", attachments=[NOTES])
    prompt = build("s", [question], "q", 10, {"q": [blocks.text(NOTES, "words", 60, None)]})
    assert prompt
    assert prompt[-1]["content"] == "[File: notes.md]\nwords\n[End of the file notes.md]\n\nwhat is it?"
    assert not has_pictures(prompt)


def test_with_a_picture_the_content_has_parts() -> None:
    question = Message(id="q", role="user", content="what is it?", attachments=[PHOTO, NOTES])
    found = {"q": [blocks.picture(PHOTO, URL), blocks.missing(NOTES)]}
    prompt = build("s", [question], "q", 10, found)
    assert prompt
    assert prompt[-1]["content"] == [
        {"type": "text", "text": "[Picture: a.jpg]"},
        {"type": "image_url", "image_url": {"url": URL}},
        {"type": "text", "text": "[File: notes.md; it is left out here, because it cannot be read any more.]"},
        {"type": "text", "text": "what is it?"},
    ]
    assert has_pictures(prompt)
    assert not any("base64" in text for text in texts_of(prompt))


def test_files_of_messages_outside_the_context_are_left_out() -> None:
    history = [
        Message(id="q1", role="user", content="one", attachments=[PHOTO]),
        Message(id="r1", role="assistant", content="two"),
        Message(id="q2", role="user", content="three"),
    ]
    prompt = build("s", history, "q2", 0, {"q1": [blocks.picture(PHOTO, URL)]})
    assert prompt
    assert not has_pictures(prompt)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("notes.md", "notes.md"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\a b.txt", "a b.txt"),
        ("photo\u202egpj.exe", "photo gpj.exe"),
        ("a\x00b\nc.txt", "a b c.txt"),
        ("", "file"),
        (None, "file"),
        ("..", "file"),
        ("/", "file"),
        ("文件.pdf", "文件.pdf"),
        ("a" * 300 + ".docx", "a" * 114 + "….docx"),
    ],
)
def test_a_name_is_its_last_part_without_hidden_characters(given: str | None, name: str) -> None:
    assert names.clean(given) == name
    assert len(name) <= names.MAX_CHARS


@given(st.text(max_size=300))
def test_no_name_leads_anywhere(given: str) -> None:
    name = names.clean(given)
    assert name
    assert not set(name) & {"/", "\\", "\0", "\n", "\u202e"}
    assert name not in (".", "..")
