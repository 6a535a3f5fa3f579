"""Stores the pictures that a client's request brings along as data URLs."""

import base64
import binascii
import re
from typing import BinaryIO

from api.protocols.errors import UnsupportedParameter
from api.uploads import Uploads
from chat.client_requests import FILE, ClientRequest, ImageUrl
from chat.errors import InvalidRequest
from chat.files.errors import TooManyFiles

DATA_URL = re.compile(r"data:(?P<type>[\w.+/-]*)(?:;[\w=.+-]+)*?;base64,(?P<data>.*)", re.DOTALL)
ENDINGS = {"image/png": "png", "image/gif": "gif", "image/webp": "webp", "image/jpeg": "jpg"}


class Pictures:
    """Makes files of data URLs: scaled for the model, without metadata."""

    def __init__(self, uploads: Uploads, most: int) -> None:
        self._uploads = uploads
        self._most = most

    async def stored(self, user_id: str, request: ClientRequest) -> ClientRequest:
        """Returns the request with the names of stored files in place of its data URLs.

        Raises `UnsupportedParameter` for other addresses: this server fetches nothing from addresses of users. Raises
        `TooManyFiles`, `InvalidRequest`, or what `Uploads.take` raises.
        """
        stored, known = request.model_copy(deep=True), dict[str, str]()
        images = _images(stored)
        if len({image.url for _, image in images}) > self._most:
            raise TooManyFiles(self._most)
        for where, image in images:
            if image.url.startswith(FILE):
                continue
            if image.url not in known:
                known[image.url] = FILE + await self._store(user_id, where, image.url)
            image.url = known[image.url]
        return stored

    async def _store(self, user_id: str, where: str, url: str) -> str:
        found = DATA_URL.fullmatch(url)
        if found is None:
            raise UnsupportedParameter(where, "Send the picture as a data URL: data:image/png;base64,…")
        try:
            content = base64.b64decode(found["data"], validate=True)
        except binascii.Error:
            raise InvalidRequest(f"The data URL of {where} is not valid base64.") from None

        def write(file: BinaryIO) -> None:
            file.write(content)

        name = f"picture.{ENDINGS.get(found['type'], 'bin')}"
        return (await self._uploads.take(user_id, name, len(content), write)).id


def _images(request: ClientRequest) -> list[tuple[str, ImageUrl]]:
    """Returns the pictures of the request with their places in it."""
    return [
        (f"messages[{at}].content[{place}].image_url.url", part.image_url)
        for at, message in enumerate(request.messages)
        if isinstance(message.content, list)
        for place, part in enumerate(message.content)
        if part.image_url
    ]
