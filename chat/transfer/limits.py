"""The limits of imports that no setting changes."""

from dataclasses import dataclass

MAX_CONVERSATION_BYTES = 16 << 20
"""Of one conversation as JSON: it is parsed in one piece, during which other tasks of the process wait. In a file of
our own form a message is such a piece."""

MAX_PARTS = 500_000
"""Objects and lists in one conversation's JSON: parsed, each takes many times its text."""

MEMBER_BYTES = 64
"""What a member of an object takes in memory in addition to its text."""

MAX_CONVERSATIONS = 50_000
"""Of one file."""

MAX_MESSAGES = 20_000
"""Of one conversation of another application, in all its branches."""

MAX_OWN_MESSAGES = 400_000
"""Of one session in our own form: as many as the default quota of a user (`MAX_BYTES_PER_USER`) can hold."""

MAX_NODES = 3 * MAX_MESSAGES
"""Of one conversation of another application, whose nodes are not all messages."""

MAX_VERSIONS = 900
"""Of one message. A session takes 1000, so some are left for new ones."""

MAX_OWN_VERSIONS = 1000
"""The same in our own form, which may have all that a session takes (`chat/scripts/open.lua`)."""

MAX_NESTED_VERSIONS = 400
"""Versions within versions; scripts follow 500 (`chat/scripts/tree.lua`)."""

MAX_DEPTH = 800
"""Of nested JSON; Python's parser takes fewer than 1000."""

MAX_FILES = 10_000
"""In a ZIP."""

MAX_DIRECTORY_BYTES = 2 << 20
"""Of a ZIP's list of files, which is read as a whole."""

MAX_RATIO = 200
"""Of a file's unpacked size to its size in the ZIP. Chats reach about 20."""

UNPACKED_FACTOR = 5
"""How many times the limit of an upload the files of a ZIP may have in all, unpacked."""

MAX_TITLE_CHARS = 200
MAX_NAME_CHARS = 200
"""Of a model's name and similar short texts."""


@dataclass(frozen=True)
class Limits:
    """`upload_bytes`: of the file. `message_chars`: of one message."""

    upload_bytes: int
    message_chars: int
