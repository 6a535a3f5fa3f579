"""Keeps the personas that users have made, each under its user."""

import secrets
import time
from collections.abc import Mapping
from typing import Literal

from pydantic import ConfigDict

from chat import keys
from chat.persona_errors import TooManyPersonas, UnknownPersona
from chat.persona_files import PersonaForm
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, run

PERSONA = Script("persona")

Step = Literal["add", "change"]

MOST_AT_ONCE = 500
"""Personas that one step stores, where their number has no limit."""


class OwnPersona(PersonaForm):
    """A stored persona. `created_at` in seconds since the epoch. Ignores what a later release stores with it."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    created_at: float

    @property
    def shown_name(self) -> str:
        """The name that a reply keeps, so that it is known once the persona is deleted."""
        return self.text("name", "zh")


class OwnPersonas:
    """All steps of own personas. They are kept as long as their user comes back within `SESSION_EXPIRE_TIME`."""

    def __init__(self, store: Redis, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self.limit = settings.max_personas_per_user

    def check_number(self, count: int) -> None:
        """Raises `TooManyPersonas` for more than a user may have, or than the store takes at once."""
        if count > (self.limit or MOST_AT_ONCE):
            raise TooManyPersonas

    async def listed(self, user_id: str) -> dict[str, OwnPersona]:
        """Returns all of the user's personas by their ids, oldest first."""
        key = keys.own_personas(user_id)
        async with self._store.pipeline(transaction=False) as pipe:
            pipe.hgetall(key)
            pipe.expire(key, self._settings.keep_session)
            found, _ = await pipe.execute()
        personas = {each: OwnPersona.model_validate_json(text) for each, text in found.items()}
        return dict(sorted(personas.items(), key=lambda item: (item[1].created_at, item[0])))

    async def find(self, user_id: str, persona_id: str) -> OwnPersona | None:
        """Returns one of the user's personas; None where there is no such one."""
        if not keys.is_own_persona(persona_id):
            return None
        key = keys.own_personas(user_id)
        async with self._store.pipeline(transaction=False) as pipe:
            pipe.hget(key, persona_id)
            pipe.expire(key, self._settings.keep_session)
            text, _ = await pipe.execute()
        return OwnPersona.model_validate_json(text) if text else None

    async def get(self, user_id: str, persona_id: str) -> OwnPersona:
        """As `find`, but raises `UnknownPersona`."""
        if (found := await self.find(user_id, persona_id)) is None:
            raise UnknownPersona
        return found

    async def add(self, user_id: str, form: PersonaForm) -> tuple[str, OwnPersona]:
        """Adds a persona. Returns it with its id. Raises `TooManyPersonas`."""
        return (await self.add_all(user_id, [form]))[0]

    async def add_all(self, user_id: str, forms: list[PersonaForm]) -> list[tuple[str, OwnPersona]]:
        """Adds personas, all of them or none. Raises `TooManyPersonas`."""
        now = time.time()
        made = [
            (f"own-{secrets.token_hex(4)}", _stored(form, now + position / 1e6)) for position, form in enumerate(forms)
        ]
        while (answer := await self._put("add", user_id, dict(made))) == "taken":  # an id of eight digits may exist
            made = [(f"own-{secrets.token_hex(4)}", persona) for _, persona in made]
        if answer == "too_many":
            raise TooManyPersonas
        return made

    async def change(self, user_id: str, persona_id: str, form: PersonaForm) -> OwnPersona:
        """Replaces what a persona says. Raises `UnknownPersona`."""
        changed = _stored(form, (await self.get(user_id, persona_id)).created_at)
        if await self._put("change", user_id, {persona_id: changed}) == "unknown":
            raise UnknownPersona
        return changed

    async def restore(self, user_id: str, personas: Mapping[str, PersonaForm], *, is_dry: bool = False) -> int:
        """Adds personas of an export under their ids, so that sessions find them. Returns how many are new.

        One whose id the user has stays as it is. Raises `TooManyPersonas`; then none was added.
        """
        known = await self.listed(user_id)
        now = time.time()
        new = {each: form for each, form in personas.items() if each not in known and keys.is_own_persona(each)}
        self.check_number(len(new))
        stored = {each: _stored(form, now + position / 1e6) for position, (each, form) in enumerate(new.items())}
        if is_dry:
            if self.limit and len(known) + len(stored) > self.limit:
                raise TooManyPersonas
            return len(stored)
        if stored and await self._put("add", user_id, stored) == "too_many":
            raise TooManyPersonas
        return len(stored)

    async def delete(self, user_id: str, persona_id: str) -> None:
        """Deletes a persona. Raises `UnknownPersona`."""
        if not keys.is_own_persona(persona_id):
            raise UnknownPersona
        if not await self._store.execute_command("HDEL", keys.own_personas(user_id), persona_id):
            raise UnknownPersona

    async def erase(self, user_id: str) -> None:
        """Deletes all personas of the user."""
        await self._store.unlink(keys.own_personas(user_id))

    async def _put(self, step: Step, user_id: str, personas: Mapping[str, OwnPersona]) -> str:
        limit, keep = self.limit, self._settings.keep_session
        pairs = [part for each, persona in personas.items() for part in (each, persona.model_dump_json())]
        call = ScriptCall(PERSONA, [keys.own_personas(user_id)], (step, limit, keep, *pairs), str)
        return await run(self._store, call)


def _stored(form: PersonaForm, created_at: float) -> OwnPersona:
    return OwnPersona(**{name: getattr(form, name) for name in PersonaForm.model_fields}, created_at=created_at)
