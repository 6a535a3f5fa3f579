"""Keeps what makes an API token work: a record under its SHA-256, which names its user. The token is stored nowhere."""

import hashlib
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import structlog

from chat import keys
from chat.api_token_errors import BadApiToken
from chat.settings import DAY, FOREVER, Settings
from chat.store import Redis, RedisError, Script, ScriptCall, run
from chat.store.errors import note

USED = Script("token_used")

PREFIX = "hf_"
"""What every API token begins with, and no token of a guest or an identity provider: those are JSON Web Tokens."""

SECRET_BYTES = 32

LONGEST_TOKEN = 200
"""Longer texts are no token, so they are not hashed."""

NOTE_SECONDS = 60
"""Least time between two notes of a token's last use."""

MAX_NOTED = 10_000
"""Tokens whose last note a process remembers."""

Scope = Literal["chat", "read"]
"""`read`: requests that change nothing. `chat`: those that change conversations as well."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whom a token speaks for, and what it may do. `id` is public: logs may have it."""

    user_id: str
    id: str
    scopes: tuple[Scope, ...]

    def may(self, needed: Scope) -> bool:
        """Whether a request that needs this scope is allowed. `chat` includes `read`."""
        return needed in self.scopes or "chat" in self.scopes


class Use(NamedTuple):
    """Whether a token works, and when it was last used, in seconds since the epoch."""

    works: bool
    last_used_at: float | None


class TokenRecords:
    """All steps of records. Redis removes those of expired tokens by its own clock."""

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._most_seconds = settings.max_api_token_days * DAY or FOREVER
        self._noted: dict[str, float] = {}

    async def find(self, token: str) -> Bearer:
        """Returns whom the token speaks for, in one round trip. Raises `BadApiToken`."""
        if len(token) > LONGEST_TOKEN:
            raise BadApiToken
        digest = digest_of(token)
        fields = ["user", "id", "scopes", "created_at"]
        user_id, token_id, scopes, made_at = await self._store.execute_command("HMGET", keys.api_token(digest), *fields)
        if not user_id or time.time() > float(made_at) + self._most_seconds:
            raise BadApiToken
        await self._note_use(digest)
        return Bearer(user_id, token_id, tuple(each for each in get_args(Scope) if each in scopes.split()))

    async def put(self, digest: str, bearer: Bearer, created_at: float, seconds: int) -> None:
        """Stores a record for some seconds."""
        key, scopes = keys.api_token(digest), " ".join(bearer.scopes)
        fields = {"user": bearer.user_id, "id": bearer.id, "scopes": scopes, "created_at": created_at}
        async with self._store.pipeline(transaction=True) as pipe:
            pipe.hset(key, mapping=fields)
            pipe.expire(key, seconds)
            await pipe.execute()

    async def keep(self, digest: str, seconds: int) -> bool:
        """Sets how many seconds longer the record is kept. Returns False if it is gone."""
        return bool(await self._store.expire(keys.api_token(digest), seconds))

    async def remove(self, digest: str) -> None:
        await self._store.unlink(keys.api_token(digest))

    async def uses(self, digests: Sequence[str]) -> list[Use]:
        """Returns how the tokens with these digests are used."""
        async with self._store.pipeline(transaction=False) as pipe:
            for digest in digests:
                pipe.hmget(keys.api_token(digest), ["id", "last_used_at"])
            found = await pipe.execute()
        return [Use(token_id is not None, float(last) if last else None) for token_id, last in found]

    async def _note_use(self, digest: str) -> None:
        """Notes that the token was used, at most once a minute. An error does not fail the request."""
        now = time.monotonic()
        if now - self._noted.get(digest, -NOTE_SECONDS) < NOTE_SECONDS:
            return
        if len(self._noted) >= MAX_NOTED:
            self._noted.clear()
        self._noted[digest] = now
        try:
            await run(self._store, ScriptCall(USED, [keys.api_token(digest)], (NOTE_SECONDS,), int))
        except (RedisError, OSError) as error:  # the store may be full or accept no writes
            logger.info("token_use_not_noted", error=note(error))


def new_token() -> str:
    """Returns a new token: `hf_` and 43 characters of base64url, from 32 random bytes."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def digest_of(token: str) -> str:
    """Returns the SHA-256 by which a token is found. A fast hash suffices: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
