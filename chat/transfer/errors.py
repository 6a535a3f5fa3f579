"""The errors of imports that callers of the API receive.

413  ImportTooLarge
422  InvalidImport: ImportEmpty, ImportNotJson, ImportUnknownForm, ImportNewerVersion, ImportTooDeep, ImportBadArchive,
     ImportUnpacksTooLarge, ImportTooManyFiles, ImportTooManyConversations, ImportUnsafeNames, ImportDuplicateNames
429  ImportRunning
503  ImportsBusy, ImportNoSpace
"""

from chat.errors import HoldfastError, InvalidRequest, LimitReached
from chat.transfer.limits import MAX_CONVERSATIONS


class ImportTooLarge(HoldfastError):
    status = 413
    code = "import_too_large"
    limit = "import_bytes"
    detail = (
        "The file is larger than this server takes. Export fewer conversations at once, remove the images from the "
        "ZIP, or ask the operator to raise MAX_IMPORT_BYTES."
    )


class InvalidImport(InvalidRequest):
    """Raised where a whole file cannot be imported. Then nothing of it was stored."""


class ImportEmpty(InvalidImport):
    code = "import_empty"
    detail = "The file is empty. Choose the file that the export made."


class ImportNotJson(InvalidImport):
    code = "import_not_json"
    detail = (
        "The file is not complete JSON in UTF-8: it may be cut off or changed. Export it again, and send it as it is."
    )


class ImportUnknownForm(InvalidImport):
    code = "import_unknown_form"
    detail = (
        "The file has no conversations in a form that is known here. Send an export of Holdfast, ChatGPT, Open WebUI "
        "or LibreChat, as JSON or as the ZIP that contains it."
    )


class ImportNewerVersion(InvalidImport):
    code = "import_newer_version"
    detail = "The file was exported by a newer version of Holdfast. Ask the operator to update this server."


class ImportTooDeep(InvalidImport):
    code = "import_too_deep"
    detail = "The JSON in the file is nested too deeply. With LibreChat, export without the option “recursive”."


class ImportBadArchive(InvalidImport):
    code = "import_bad_archive"
    detail = (
        "The ZIP is damaged, encrypted, or compressed in an unusual way. Unpack it yourself, and send the file "
        "conversations.json in it."
    )


class ImportUnpacksTooLarge(InvalidImport):
    code = "import_unpacks_too_large"
    limit = "import_bytes"
    detail = (
        "The files in the ZIP are too large once they are unpacked. Unpack it yourself, and send the files with "
        "conversations one by one."
    )


class ImportTooManyFiles(InvalidImport):
    code = "import_too_many_files"
    detail = "The ZIP has too many files. Unpack it yourself, and send only the files with conversations."


class ImportTooManyConversations(InvalidImport):
    code = "import_too_many"
    detail = (
        f"The file has more than {MAX_CONVERSATIONS} conversations. Split it, and import the parts one after another."
    )


class ImportUnsafeNames(InvalidImport):
    code = "import_unsafe_names"
    detail = "The ZIP has file names that lead out of it. Unpack it with care, and send only the conversations."


class ImportDuplicateNames(InvalidImport):
    code = "import_duplicate_names"
    detail = "The ZIP has two files in the same place. Export the conversations again, and send that file as it is."


class ImportRunning(LimitReached):
    code = "import_running"
    limit = "imports"
    retry_after = 10
    detail = "Another import of yours is still running. Wait until it ends, and try again."


class ImportsBusy(HoldfastError):
    status = 503
    code = "imports_busy"
    limit = "imports_here"
    retry_after = 10
    detail = "This server runs as many imports as it can. Try again in a moment."


class ImportNoSpace(HoldfastError):
    status = 503
    code = "import_no_space"
    retry_after = 60
    detail = "The server has no room to keep the file while it reads it. Try again later, or ask the operator."
