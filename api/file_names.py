"""Names the files that browsers save."""

import re
import unicodedata
from urllib.parse import quote

MAX_CHARS = 80
UNSAFE = re.compile(r'[\x00-\x1f\x7f"*/:<>?\\|%]+')
"""What some file system, or a header, does not allow in a name."""

INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories of characters that could hide how a name ends, such as those that change the direction of writing."""


def disposition(title: str, ending: str) -> str:
    """Returns a `Content-Disposition` with the title in the file name (RFC 6266, RFC 8187).

    The name begins with the product's, so no title makes it a hidden or a reserved one.
    """
    return _header(f"holdfast {_safe(title)}".strip() + ending, "attachment")


def named(name: str, kind: str) -> str:
    """Returns a `Content-Disposition` of that kind with the name that the user has given a file."""
    return _header(_safe(name).lstrip(". ") or "file", kind)


def _header(name: str, kind: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _safe(title: str) -> str:
    visible = "".join(each for each in title if unicodedata.category(each) not in INVISIBLE)
    return " ".join(UNSAFE.sub(" ", visible).split())[:MAX_CHARS].rstrip(". ")
