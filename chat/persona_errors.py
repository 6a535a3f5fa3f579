"""The errors of users' own personas that callers of the API receive.

404  UnknownPersona   the same answer for another user's persona as for a missing one
413  PersonaFileTooLarge
422  PersonaFileInvalid
429  TooManyPersonas
"""

from chat.errors import HoldfastError, InvalidRequest, LimitReached


class UnknownPersona(HoldfastError):
    status = 404
    code = "unknown_persona"
    detail = "You have no persona with this id: it never existed, or was deleted. GET /me/personas lists yours."


class PersonaFileTooLarge(HoldfastError):
    status = 413
    code = "persona_file_too_large"
    limit = "persona_file_bytes"
    detail = "The file of personas is larger than this server takes. Split it, and import its parts."


class PersonaFileInvalid(InvalidRequest):
    code = "persona_file_invalid"

    def __init__(self, mistake: str) -> None:
        super().__init__(f"The file of personas cannot be used: {mistake}. Correct it and import it again.")


class TooManyPersonas(LimitReached):
    code = "too_many_personas"
    limit = "personas"
    retry_after = 60
    """As in `chat.errors.TooManySessions`."""

    detail = "You have reached the limit of own personas. Delete one that you no longer need, and try again."
