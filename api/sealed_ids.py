"""Hides the store's ids in what a share link shows, and finds them again."""

import base64
import binascii
import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

PURPOSE = b"shared ids"


class SealedIds:
    """Encrypts ids with a key made from the link, always to the same text (AES-SIV, RFC 5297).

    The number in a message's id is that of its turn, and a file has one id for all conversations: neither is shown to
    readers of a link. A text that was not made here is found out.
    """

    def __init__(self, link_id: str) -> None:
        self._cipher = AESSIV(hashlib.blake2b(link_id.encode(), digest_size=32, person=PURPOSE).digest())

    def seal(self, *ids: str) -> str:
        """Returns letters, digits, `-` and `_`."""
        sealed = self._cipher.encrypt("/".join(ids).encode(), None)
        return base64.urlsafe_b64encode(sealed).decode().rstrip("=")

    def unseal(self, text: str) -> list[str]:
        """Returns the ids of a text that `seal` has made with this link; none for any other text."""
        try:
            sealed = base64.urlsafe_b64decode(text.encode() + b"==")
            return self._cipher.decrypt(sealed, None).decode().split("/")
        except (binascii.Error, InvalidTag, ValueError):
            return []
