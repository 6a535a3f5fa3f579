"""The paths, files, scripts and links in the documents exist."""

import re
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.support.repository import FOLDERS, ROOT, files, name_of

FILES = list(files())
DOCUMENTS = [file for file in FILES if file.suffix == ".md"]
GENERATED = {
    "results.json",
    "my-personas.toml",
    "conversations.json",
    "files.json",
    "conversations-000.json",
    "conversations-001.json",
}
"""Files that documents name, and that programs or operators write."""

SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(rf"(?<![\w./-])(?:{'|'.join(FOLDERS)})/[\w./*-]*")
FILE = re.compile(
    r"(?<![\w./*@:<>-])(?:(?:[\w.*][\w./*-]*)?\w\.(?:css|html|json|lock|lua|md|mjs|py|sh|toml|tsx?|txt|webp|ya?ml)"
    r"|Caddyfile|Dockerfile|LICENSE|Makefile)(?![\w./*<(-])"
)
LINK = re.compile(r"\]\((?!\w+:)([^)#\s]+)?(?:#([^)\s]+))?\)")
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def text_of(document: Path) -> str:
    """Returns the text without code blocks, because those also show paths of other machines."""
    return BLOCK.sub("", document.read_text("utf-8"))


def anchors(document: Path) -> set[str]:
    """Returns the anchors that repository hosts derive from headings."""
    headings = re.findall(r"^#+ (.+)$", text_of(document), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def exists(file: str, document: Path) -> bool:
    """Whether a name leads to a file: from the root, from the document's folder, or, without a folder, anywhere."""
    if "/" in file:
        return any(any(folder.glob(file)) for folder in (ROOT, document.parent))
    return file in GENERATED or any(fnmatch(known.name, file) for known in FILES)


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_path_that_a_document_names_exists(document: Path) -> None:
    paths = {path.rstrip(".") for span in SPAN.findall(text_of(document)) for path in PATH.findall(span)}
    assert [path for path in sorted(paths) if not any(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_file_that_a_document_names_exists(document: Path) -> None:
    named = {file for span in SPAN.findall(text_of(document)) for file in FILE.findall(span)}
    assert [file for file in sorted(named) if not exists(file, document)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_of_a_document_has_a_target(document: Path) -> None:
    for path, anchor in LINK.findall(text_of(document)):
        target = document.parent / path if path else document
        assert target.exists(), path
        assert not anchor or anchor in anchors(target), f"{path}#{anchor}"


def test_paths_in_documents_are_recognised() -> None:
    assert PATH.findall("`api/a.py` /chat/start x-api/b `chat/scripts/*.lua`") == ["api/a.py", "chat/scripts/*.lua"]
    assert len(PATH.findall(" ".join(SPAN.findall(text_of(ROOT / "ARCHITECTURE.md"))))) > 50


def test_files_in_documents_are_recognised() -> None:
    named = (
        "append.lua ../a/b.py *.test.ts Makefile /openapi.json chat/<name>.lua model.stream() example.com .env x.pyc"
    )
    assert FILE.findall(named) == ["append.lua", "../a/b.py", "*.test.ts", "Makefile"]
    assert exists("append.lua", ROOT / "README.md")
    assert exists("operations.md", ROOT / "README.md")
    assert exists("../README.md", ROOT / "docs" / "operations.md")
    assert not exists("chat/append.lua", ROOT / "README.md")
    assert not exists("no_such_file.py", ROOT / "README.md")


def test_the_architecture_names_every_script() -> None:
    named = set(SPAN.findall(text_of(ROOT / "ARCHITECTURE.md")))
    scripts = {file.stem for file in (ROOT / "chat" / "scripts").glob("*.lua")}
    assert scripts <= named | {span.removesuffix(".lua") for span in named}


def test_architecture_has_a_row_for_each_script() -> None:
    rows = re.findall(r"^\| `(\w+)`( \*oom\*)? \| .+ \|$", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.MULTILINE)
    table = {name: bool(mark) for name, mark in rows if (ROOT / f"chat/scripts/{name}.lua").exists()}
    scripts = {file.stem: "allow-oom" in file.read_text("utf-8") for file in (ROOT / "chat/scripts").glob("*.lua")}
    assert table == scripts
