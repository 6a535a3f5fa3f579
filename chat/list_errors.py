"""The errors of marks of sessions."""

from chat.errors import HoldfastError


class TooManyPinned(HoldfastError):
    status = 409
    code = "too_many_pinned"
    detail = "50 sessions are pinned, which is the limit. Unpin one of them first."


class TooManyTags(HoldfastError):
    status = 409
    code = "too_many_tags"
    detail = "You use 100 different tags, which is the limit. Remove one of them from all sessions first."
