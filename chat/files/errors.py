"""The errors of files that callers of the API receive.

404  UnknownFile   the same answer for another user's file as for a missing one
409  FileAttached
413  FileTooLarge
415  FileTypeRefused
422  NoFile, FileBroken, TooManyFiles, ModelWithoutVision
429  FileQuotaReached
503  FilesUnavailable, FilesBusy
"""

from chat.errors import HoldfastError, InvalidRequest, LimitReached


class UnknownFile(HoldfastError):
    status = 404
    code = "unknown_file"
    detail = "You have no file with this id: it never existed, or was deleted with its message. Upload it again."


class FileAttached(HoldfastError):
    status = 409
    code = "file_attached"
    detail = "The file belongs to a message. Delete that message or its conversation, and the file is deleted with it."


class FileTooLarge(HoldfastError):
    status = 413
    code = "file_too_large"
    limit = "file_bytes"
    detail = "The file is larger than this server takes. Send a smaller one, or only the part that matters."


class FileTypeRefused(HoldfastError):
    status = 415
    code = "file_type_refused"
    detail = (
        "This kind of file cannot be read here. Send a picture (JPEG, PNG, GIF, WebP, HEIC, AVIF, BMP, TIFF), a text, "
        "a PDF or a DOCX."
    )


class NoFile(InvalidRequest):
    code = "no_file"
    detail = "The request has no file. Send one as the field `file` of a multipart/form-data body."


class FileBroken(InvalidRequest):
    code = "file_broken"
    detail = "The file is damaged, so it cannot be read. Open it on your device, save it again, and send that."


class TooManyFiles(InvalidRequest):
    code = "too_many_files"
    limit = "files_per_message"

    def __init__(self, most: int) -> None:
        super().__init__(f"A message can have at most {most} files. Send the others with the next one.")


class ModelWithoutVision(InvalidRequest):
    code = "model_without_vision"
    detail = "This model cannot see pictures. Choose a model that can, or send the question without the picture."


class FileQuotaReached(LimitReached):
    code = "file_quota_reached"
    limit = "stored_file_bytes"
    retry_after = 60
    """As in `chat.errors.TooManySessions`."""

    detail = "Your files have used up their storage. Delete conversations with files that you no longer need."


class FilesUnavailable(HoldfastError):
    status = 503
    code = "files_unavailable"
    retry_after = 5
    detail = "The server cannot reach the place where it keeps files. Try again in a moment; the chat works without."


class FilesBusy(HoldfastError):
    status = 503
    code = "files_busy"
    limit = "files_here"
    retry_after = 2
    detail = "This server receives as many files as it can. Try again in a moment."
