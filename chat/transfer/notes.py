"""Names what an import leaves out or changes, with a sentence for each name."""

from typing import Literal, get_args

Part = Literal[
    "images",
    "files",
    "audio",
    "tool_calls",
    "system_messages",
    "hidden_messages",
    "empty_messages",
    "unknown_content",
    "invalid_messages",
    "duplicates",
    "missing_parents",
    "cycles",
    "merged",
    "shortened",
]

PARTS: dict[Part, str] = {
    "images": "Images are not imported; the text of their messages is.",
    "files": "Attached files that are not in a ZIP with the conversations, or are refused, are not imported.",
    "audio": "Recordings are not imported; their transcripts are.",
    "tool_calls": "Calls of tools and their results are not imported.",
    "system_messages": "System messages and custom instructions are not imported.",
    "hidden_messages": "Messages that the other application hides are not imported.",
    "empty_messages": "Messages without text are not imported.",
    "unknown_content": "Content of an unknown kind is not imported.",
    "invalid_messages": "Messages whose fields are not valid are not imported.",
    "duplicates": "Of messages with the same id only the first is imported.",
    "missing_parents": "Messages that follow a missing one begin a branch of their own.",
    "cycles": "Messages that follow themselves, directly or through others, are not imported.",
    "merged": "Replies in several pieces became one message each.",
    "shortened": "Messages longer than this server's limit were cut.",
}

Reason = Literal[
    "empty",
    "unreadable",
    "too_large",
    "too_many_messages",
    "too_many_versions",
    "too_many_sessions",
    "quota_reached",
]

REASONS: dict[Reason, str] = {
    "empty": "It has no messages with text.",
    "unreadable": "It has no form that is known here.",
    "too_large": "It, or a message in it, is too large: more than 16 MB.",
    "too_many_messages": "It has too many messages.",
    "too_many_versions": "It has a message with too many versions, or too many versions within versions.",
    "too_many_sessions": "You have reached the limit of sessions. Delete some, and import it again.",
    "quota_reached": "Your storage is used up. Delete some conversations, and import it again.",
}

assert set(PARTS) == set(get_args(Part))
assert set(REASONS) == set(get_args(Reason))
