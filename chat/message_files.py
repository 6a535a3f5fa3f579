"""The files of messages: attachments of questions, and images of tools' results. No I/O."""

from collections.abc import Mapping

from chat.attachments import Attachment
from chat.messages import Message
from chat.tool_calls import ServerCall, ToolImage

IMAGE_FIELDS = set(ToolImage.model_fields)


def files_of(message: Message) -> list[Attachment]:
    """Returns the files of a message; images of results with the size 0, because messages do not have theirs."""
    images = [Attachment(name=each.file_name, size=0, kind="image", **each.model_dump()) for each in message.images]
    return [*(message.attachments or ()), *images]


def with_files(message: Message, own: Mapping[str, Attachment]) -> Message:
    """Returns the message with those of its files that `own` has, by their ids in the message, as `own` has them."""
    if not message.file_ids:
        return message
    attachments = [own[each.id] for each in message.attachments or () if each.id in own]
    steps = [
        step.model_copy(update={"calls": [_with_images(call, own) for call in step.calls]})
        for step in message.steps or ()
    ]
    return message.model_copy(update={"attachments": attachments or None, "steps": steps or None})


def _with_images(call: ServerCall, own: Mapping[str, Attachment]) -> ServerCall:
    found = [own[each.id] for each in call.images or () if each.id in own]
    images = [ToolImage(**each.model_dump(include=IMAGE_FIELDS)) for each in found if each.kind == "image"]
    return call.model_copy(update={"images": images or None})
