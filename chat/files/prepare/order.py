"""What the process is asked for, what it answers, and with which limits it runs."""

import json
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Self

MEMORY_BYTES = 640 << 20
"""Limit of the process' address space, in which Python and its libraries take about 200 MB. The rest suffices for 50
million pixels of every format but WebP, whose decoder keeps three pictures."""

CPU_SECONDS = 20
WALL_SECONDS = 60
"""Limits of its time; the second one is kept by the process that started it."""

EXTRACT_SECONDS = 10
"""CPU time after which no further page or paragraph is read: the text so far is kept, and marked as cut."""

ANSWER_BYTES = 32 << 20
"""Limit of the answer, which is a file."""

PARTS = ("model", "preview", "text")


class Refused(Exception):
    """Raised where the file cannot be used. `code`: of the error that the caller gets; `detail`: its sentence."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass(frozen=True)
class Order:
    """`ending`: of the file's name, only to name the type of a text. Sizes in pixels, characters and pages."""

    ending: str
    max_pixels: int
    max_chars: int
    max_pages: int

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        return cls(**json.loads(text))


@dataclass(frozen=True)
class Answer:
    """`facts`: fields of `chat.attachments.File`, or `code` and `detail` of a refusal. `parts`: what is stored."""

    facts: dict[str, Any]
    parts: dict[str, bytes]

    def write(self, file: BinaryIO) -> None:
        """Writes a line of JSON, then the parts one after the other."""
        sizes = {name: len(content) for name, content in self.parts.items()}
        file.write(json.dumps({"facts": self.facts, "sizes": sizes}).encode() + b"\n")
        for content in self.parts.values():
            file.write(content)
        file.flush()

    @classmethod
    def read(cls, file: BinaryIO) -> Self:
        """Reads what `write` wrote. Raises `ValueError` or `KeyError` for anything else."""
        head = json.loads(file.readline())
        parts = dict[str, bytes]()
        for name, size in head["sizes"].items():
            content = file.read(size)
            if name not in PARTS or len(content) != size:
                raise ValueError("not a whole answer")
            parts[name] = content
        return cls(dict(head["facts"]), parts)
