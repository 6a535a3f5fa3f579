"""Keeps the messages of a large conversation as JSON, in about a fifth of the memory that the objects take."""

from collections.abc import Iterator, Sequence
from typing import overload

from chat.messages import Message


class PackedMessages(Sequence[Message]):
    """Messages of which each reading makes new objects: changes of these are not kept."""

    def __init__(self) -> None:
        self._texts = list[bytes]()

    def append(self, message: Message) -> None:
        self._texts.append(message.to_json().encode())

    def __setitem__(self, index: int, message: Message) -> None:
        self._texts[index] = message.to_json().encode()

    @overload
    def __getitem__(self, index: int) -> Message: ...
    @overload
    def __getitem__(self, index: slice) -> list[Message]: ...
    def __getitem__(self, index: int | slice) -> Message | list[Message]:
        if isinstance(index, slice):
            return [Message.from_json(text) for text in self._texts[index]]
        return Message.from_json(self._texts[index])

    def __iter__(self) -> Iterator[Message]:
        return map(Message.from_json, self._texts)

    def __len__(self) -> int:
        return len(self._texts)
