"""The errors of routes that ask for clients of other protocols."""

from api.auth.identity import IDENTITY_ERRORS
from api.protocols.errors import UnsupportedParameter
from chat.approval_errors import (
    ApprovalAnswered,
    ApprovalChanged,
    ApprovalExpired,
    InvalidInput,
    TurnOver,
    UnknownApproval,
)
from chat.client_requests import PromptTooLarge
from chat.errors import (
    InvalidJson,
    KeyReused,
    MaxTokensTooLarge,
    NoQuestion,
    NotAQuestion,
    QueueFull,
    QueueSlow,
    QuotaReached,
    StoreFull,
    TooManyStreams,
    TooManyTurns,
    TooManyTurnsHere,
    TooManyVersions,
    TurnRunning,
    UnknownMessage,
    UnknownModel,
    UnknownSession,
)
from chat.files.errors import (
    FileBroken,
    FileQuotaReached,
    FilesUnavailable,
    FileTypeRefused,
    ModelWithoutVision,
    TooManyFiles,
    UnknownFile,
)

ASK_ERRORS = (
    *IDENTITY_ERRORS,
    InvalidJson,
    UnsupportedParameter,
    MaxTokensTooLarge,
    UnknownModel,
    KeyReused,
    PromptTooLarge,
    ModelWithoutVision,
    UnknownFile,
    TooManyFiles,
    FileBroken,
    FileTypeRefused,
    FileQuotaReached,
    FilesUnavailable,
    TooManyTurns,
    TooManyTurnsHere,
    TooManyStreams,
    QuotaReached,
    QueueFull,
    QueueSlow,
    StoreFull,
)
"""What every protocol may be refused with."""

PROMPT_ERRORS = (
    *ASK_ERRORS,
    UnknownSession,
    UnknownMessage,
    NoQuestion,
    NotAQuestion,
    TooManyVersions,
    TurnRunning,
)
"""The same where the request names a place in a conversation."""

APPROVAL_ERRORS = (UnknownApproval, ApprovalChanged, ApprovalAnswered, ApprovalExpired, TurnOver, InvalidInput)
"""What answers to questions about calls of tools may be refused with."""
