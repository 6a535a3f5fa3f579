"""The paths, scripts and links in the documents exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("api", "bench", "chat", "deploy", "docs", "launcher", "requirements", "tests", "web", "worker")
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(FOLDERS)})/[\w./*-]*")
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)?(?:#([^)\s]+))?\)")
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
PATTERNS = ("*.md", *(f"{folder}/**/*.md" for folder in FOLDERS if folder != "web"), "web/*.md", "web/src/**/*.md")
DOCUMENTS = sorted(file for pattern in PATTERNS for file in ROOT.glob(pattern))


def text_of(document: Path) -> str:
    """Returns the text without code blocks, because those also show paths of other machines."""
    return BLOCK.sub("", document.read_text("utf-8"))


def anchors(document: Path) -> set[str]:
    """Returns the anchors that repository hosts derive from headings."""
    headings = re.findall(r"^#+ (.+)$", text_of(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    paths = {path.rstrip(".") for span in SPAN.findall(text_of(document)) for path in PATH.findall(span)}
    assert [path for path in sorted(paths) if not any(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_every_link_of_a_document_has_a_target(document: Path) -> None:
    for path, anchor in LINK.findall(text_of(document)):
        target = document.parent / path if path else document
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_paths_in_documents_are_recognised() -> None:
    assert PATH.findall("`api/a.py` /chat/start x-api/b `chat/scripts/*.lua`") == ["api/a.py", "chat/scripts/*.lua"]
    assert len(PATH.findall(" ".join(SPAN.findall(text_of(ROOT / "ARCHITECTURE.md"))))) > 50


def test_the_architecture_names_every_script() -> None:
    named = set(SPAN.findall(text_of(ROOT / "ARCHITECTURE.md")))
    scripts = {file.stem for file in (ROOT / "chat" / "scripts").glob("*.lua")}
    assert scripts <= named | {span.removesuffix(".lua") for span in named}
