"""Makes, lists and revokes the API tokens of users.

A token works while its record exists (`chat.api_token_records`), and can be revoked while it is on its user's list. The
two are in different slots of a Cluster, so no step changes both. The list comes first when a token is made, and goes
last when it is revoked; so whenever a process dies, what works is on the list.
"""

import secrets
import time
from contextlib import suppress
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from chat import keys
from chat.api_token_errors import TooManyApiTokens, UnknownApiToken
from chat.api_token_records import Bearer, Scope, TokenRecords, Use, digest_of, new_token
from chat.errors import InvalidRequest
from chat.persona_files import IS_UNICODE
from chat.settings import DAY, FOREVER, Settings
from chat.store import Redis, RedisError, Script, ScriptCall, run

LIST = Script("token_list")
REVOKE = Script("token_revoke")

REVOKED = "!"
"""What the entry of a token begins with while it is being revoked."""

MAKING_SECONDS = 60
"""Time to make a token. A record whose process died meanwhile is gone after it, and its entry is dropped."""

SHOW_EXPIRED = 30 * DAY
"""How long an expired token stays on the list."""

MAX_SECONDS = 3650 * DAY
"""The latest expiry that can be asked for."""

TokenName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$"
    ),
    IS_UNICODE,
]


class TokenForm(BaseModel):
    """What a user says of a new token. `expires_in`: seconds until it stops working; `null`: it does not expire."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: TokenName = Field(examples=["Open WebUI"])
    scopes: tuple[Scope, ...] = Field(("chat",), min_length=1, max_length=2, examples=[["chat"]])
    expires_in: int | None = Field(None, ge=1, le=MAX_SECONDS, examples=[30 * DAY])


class ApiToken(BaseModel):
    """A token on its user's list. Times in seconds since the epoch; `expires_at` is None if it does not expire."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    name: str
    scopes: tuple[Scope, ...]
    created_at: float
    expires_at: float | None = None
    last_used_at: float | None = None
    digest: str = ""

    @classmethod
    def parse(cls, entry: str) -> Self:
        """Reads an entry of the list."""
        return cls.model_validate_json(entry.removeprefix(REVOKED))

    def is_listed(self, use: Use, now: float) -> bool:
        """Whether the token is still shown: it works, is being made, or has expired not long ago."""
        if use.works or now < self.created_at + MAKING_SECONDS:
            return True
        return self.expires_at is not None and self.expires_at - MAKING_SECONDS < now < self.expires_at + SHOW_EXPIRED


class ApiTokens:
    """All steps of a user's tokens."""

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self.records = TokenRecords(store, settings)
        self.limit = settings.max_api_tokens_per_user
        self.max_days = settings.max_api_token_days

    async def make(self, user_id: str, form: TokenForm) -> tuple[ApiToken, str]:
        """Makes a token. Returns it with its text, which cannot be read again.

        Raises `InvalidRequest`, `TooManyApiTokens`, or `UnknownApiToken` if it was revoked meanwhile.
        """
        seconds, text, now = self._lifetime(form.expires_in), new_token(), time.time()
        made = ApiToken(
            id=f"token-{secrets.token_hex(8)}",
            name=form.name,
            scopes=tuple(dict.fromkeys(form.scopes)),
            created_at=now,
            expires_at=now + seconds if seconds else None,
            digest=digest_of(text),
        )
        entry = made.model_dump_json(exclude={"last_used_at"})
        await self._list(user_id, made.id, entry)
        bearer = Bearer(user_id, made.id, made.scopes)
        await self.records.put(made.digest, bearer, now, min(MAKING_SECONDS, seconds or MAKING_SECONDS))
        listed = await self._store.execute_command("HGET", keys.api_tokens(user_id), made.id)
        if listed != entry or not await self.records.keep(made.digest, seconds or FOREVER):
            await self.records.remove(made.digest)
            raise UnknownApiToken
        return made, text

    async def listed(self, user_id: str) -> list[ApiToken]:
        """Returns the user's tokens, newest first, and drops those that are gone."""
        entries = await self._store.execute_command("HGETALL", keys.api_tokens(user_id))
        tokens = [ApiToken.parse(entry) for entry in entries.values()]
        uses = await self.records.uses([each.digest for each in tokens]) if tokens else []
        now, found, gone = time.time(), list[ApiToken](), list[str]()
        for token, use in zip(tokens, uses, strict=True):
            if token.is_listed(use, now):
                found.append(self._shown(token, use))
            else:
                gone.append(token.id)
        if gone:
            with suppress(RedisError):  # the store may accept no writes; the next one who reads drops them
                await self._store.execute_command("HDEL", keys.api_tokens(user_id), *gone)
        return sorted(found, key=lambda each: (-each.created_at, each.id))

    async def revoke(self, user_id: str, token_id: str) -> None:
        """Makes a token stop working, at once and everywhere. Raises `UnknownApiToken`."""
        listing = keys.api_tokens(user_id)
        entry = await run(self._store, ScriptCall(REVOKE, [listing], (token_id,), _text))
        if entry is None:
            raise UnknownApiToken
        await self.records.remove(ApiToken.parse(entry).digest)
        await self._store.execute_command("HDEL", listing, token_id)

    async def erase(self, user_id: str) -> int:
        """Revokes all tokens of the user. Returns how many there were."""
        ids = await self._store.execute_command("HKEYS", keys.api_tokens(user_id))
        for token_id in ids:
            with suppress(UnknownApiToken):  # revoked meanwhile
                await self.revoke(user_id, token_id)
        return len(ids)

    def _lifetime(self, asked: int | None) -> int:
        """Returns the seconds that a token lasts; 0: it does not expire. Raises `InvalidRequest`."""
        longest = self.max_days * DAY
        if longest and asked and asked > longest:
            raise InvalidRequest(f"An API token lasts at most {self.max_days} days here. Ask for less.")
        return asked or longest

    async def _list(self, user_id: str, token_id: str, entry: str) -> None:
        """Puts a token on the list. Raises `TooManyApiTokens`."""
        args = (token_id, entry, self.limit, FOREVER)
        call = ScriptCall(LIST, [keys.api_tokens(user_id)], args, int)
        if not await run(self._store, call):
            raise TooManyApiTokens

    def _shown(self, token: ApiToken, use: Use) -> ApiToken:
        """Returns the token with its last use, and with the expiry that the operator's limit sets."""
        expires_at = token.expires_at
        if self.max_days:
            latest = token.created_at + self.max_days * DAY
            expires_at = min(expires_at or latest, latest)
        return token.model_copy(update={"last_used_at": use.last_used_at, "expires_at": expires_at})


def _text(answer: str | None) -> str | None:
    return answer
