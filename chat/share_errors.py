"""The errors of share links."""

from chat.errors import HoldfastError

MAX_OF_SESSION = 20
MAX_OF_USER = 200
"""Limits of share links."""


class UnknownShare(HoldfastError):
    status = 404
    code = "unknown_share"
    detail = "This link does not exist, was revoked or has expired. Ask the person who sent it for another one."


class ShareLinksOff(HoldfastError):
    status = 403
    code = "share_links_off"
    detail = (
        "This server makes no share links. Export the conversation instead, or ask the operator for SHARE_LINKS=true."
    )


class NothingToShare(HoldfastError):
    status = 409
    code = "nothing_to_share"
    detail = "This session has no finished message to share yet. Wait for its first reply, or make a live link."


class TooManySharesHere(HoldfastError):
    status = 409
    code = "too_many_shares_here"
    detail = f"This session has {MAX_OF_SESSION} share links, which is the limit. Revoke one of them first."


class TooManyShares(HoldfastError):
    status = 409
    code = "too_many_shares"
    detail = f"You have {MAX_OF_USER} share links, which is the limit. Revoke one of them first."
