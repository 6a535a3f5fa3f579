"""Attachments: how a message describes the files that were sent with it."""

from typing import Any, Literal

from pydantic import BaseModel, Field, SerializerFunctionWrapHandler, model_serializer

Kind = Literal["image", "text", "document"]


class Attachment(BaseModel):
    """A file as a message has it; `size` in bytes, `width` and `height` in pixels, as the picture is shown.

    `kind`: a picture, a text in any format, or a document (PDF, DOCX) of which the text is extracted.
    """

    id: str = Field(pattern=r"^[0-9a-f]{32}$", examples=["8c1f5a0be4a94b7f8f7a0d9c1e2b3a4d"])
    name: str = Field(max_length=200, examples=["notes.pdf"])
    type: str = Field(max_length=100, examples=["application/pdf"])
    size: int = Field(ge=0, examples=[48_211])
    kind: Kind
    width: int | None = None
    height: int | None = None

    @model_serializer(mode="wrap")
    def _only_what_applies(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        return {name: value for name, value in serialize(self).items() if value is not None}


class File(Attachment):
    """An uploaded file. `pages`: of a document. `characters`: of the text that models get.

    `cut`: models get only the beginning of the text, because it is longer than the limit.
    """

    pages: int | None = None
    characters: int | None = None
    cut: bool | None = None

    def as_attachment(self) -> Attachment:
        return Attachment(**self.model_dump(include=set(Attachment.model_fields)))
