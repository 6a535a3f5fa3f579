"""What a client of another protocol asks, and how its repetition is recognised."""

from dataclasses import dataclass

from starlette.requests import Request

from chat.asked import digest_of
from chat.client_requests import ClientRequest
from chat.errors import InvalidRequest
from chat.questions import Question

RETRIES = "x-stainless-retry-count"
"""Header with which OpenAI's SDKs say how often they have sent the request before."""


@dataclass(frozen=True)
class Repeats:
    """How a repeated request is recognised. `fingerprint`: the digest of the whole request.

    `key`: its idempotency key, "" without one. `is_retry`: the client says that it has sent the request before.
    """

    fingerprint: str
    key: str = ""
    is_retry: bool = False

    @classmethod
    async def of(cls, request: Request, asked: str = "") -> "Repeats":
        """Reads a request, whose body has been read before.

        `asked`: what makes it another request, in a form of its own; by default its body as it came.
        """
        body = asked or (await request.body()).decode(errors="replace")
        fingerprint = digest_of(request.scope["path"].removeprefix("/api"), body)
        retries = request.headers.get(RETRIES, "0")
        is_retry = retries.isascii() and retries.isdecimal() and int(retries[:9]) > 0
        return cls(fingerprint, request.headers.get("idempotency-key", ""), is_retry)


@dataclass(frozen=True)
class Prompt:
    """What is asked. `model`: an id of the catalog. Its pictures are data URLs yet.

    `session_id`: "" = a new session, which `is_listed` puts on the user's list. `parent_id`, `replace_from`: as in
    `Question`. `answers`: id of an earlier question that is answered again, in place of `request`.
    """

    request: ClientRequest
    model: str
    repeats: Repeats
    session_id: str = ""
    is_listed: bool = False
    parent_id: str | None = None
    replace_from: str | None = None
    answers: str = ""
    thinking: bool | None = None

    @property
    def may_repeat(self) -> bool:
        """Whether the same request, if it was sent to this session before, is the same question."""
        return bool(self.repeats.key) or self.repeats.is_retry

    def check(self) -> None:
        """Raises `InvalidRequest` for what cannot be stored as JSON."""
        try:
            self.request.to_json()
        except ValueError:  # half of a surrogate pair, or nested too deeply
            raise InvalidRequest("The request is not valid: it has a text that is not Unicode, or is nested.") from None

    def question(self, session_id: str) -> Question:
        """Returns the question to ask in a session."""
        return Question(
            session_id=session_id,
            persona="",
            model=self.model,
            message=None if self.answers else self.request.shown,
            replace_from=self.replace_from,
            parent_id=self.answers or self.parent_id,
            idempotency_key=self.repeats.key or self.repeats.fingerprint,
            thinking=self.thinking,
            request=None if self.answers else self.request,
            fingerprint=self.repeats.fingerprint,
        )
