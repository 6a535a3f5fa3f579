"""Keeps the personas that users have made, each under its user."""

import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeVar

from pydantic import ConfigDict

from chat import keys
from chat.persona_errors import TooManyPersonas, UnknownPersona
from chat.persona_files import PersonaCard, PersonaForm
from chat.settings import Settings
from chat.store import Redis, Script, ScriptCall, run

PERSONA = Script("persona")

Step = Literal["add", "change"]
T = TypeVar("T", bound="OwnCard")

MOST_AT_ONCE = 500
"""Personas that one step stores, where their number has no limit."""


class OwnCard(PersonaCard):
    """A stored persona without its prompt. `created_at` in seconds since the epoch.

    Ignores what a later release stores with it.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    created_at: float


class OwnPersona(OwnCard, PersonaForm):
    """A stored persona."""

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

    async def cards(self, user_id: str) -> dict[str, OwnCard]:
        """Returns all of the user's personas by their ids, oldest first, without reading their prompts."""
        (found,) = await self._read(user_id, keys.own_personas(user_id)[:1])
        return _oldest_first({each: OwnCard.model_validate_json(text) for each, text in found.items()})

    async def listed(self, user_id: str) -> dict[str, OwnPersona]:
        """Returns all of the user's personas by their ids, oldest first."""
        cards, prompts = await self._read(user_id, keys.own_personas(user_id))
        return _oldest_first({each: _persona(text, prompts[each]) for each, text in cards.items() if each in prompts})

    async def find(self, user_id: str, persona_id: str) -> OwnPersona | None:
        """Returns one of the user's personas; None where there is no such one."""
        if not keys.is_own_persona(persona_id):
            return None
        card, prompt = await self._read(user_id, keys.own_personas(user_id), persona_id)
        return _persona(card, prompt) if card and prompt else None

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
        known, now = await self.cards(user_id), time.time()
        new = {each: form for each, form in personas.items() if each not in known and keys.is_own_persona(each)}
        if new:
            self.check_number(len(new) + (len(known) if self.limit else 0))
        if new and not is_dry:
            stored = {each: _stored(form, now + position / 1e6) for position, (each, form) in enumerate(new.items())}
            if await self._put("add", user_id, stored) == "too_many":  # others were added meanwhile
                raise TooManyPersonas
        return len(new)

    async def delete(self, user_id: str, persona_id: str) -> None:
        """Deletes a persona. Raises `UnknownPersona`."""
        if not keys.is_own_persona(persona_id):
            raise UnknownPersona
        async with self._store.pipeline(transaction=True) as pipe:
            for name in keys.own_personas(user_id):
                pipe.hdel(name, persona_id)
            if not any(await pipe.execute()):
                raise UnknownPersona

    async def erase(self, user_id: str) -> None:
        """Deletes all personas of the user."""
        await self._store.unlink(*keys.own_personas(user_id))

    async def _read(self, user_id: str, names: Sequence[str], field: str = "") -> list[Any]:
        """Returns the field, or all fields, of each of the keys, read at the same moment. Keeps the personas."""
        async with self._store.pipeline(transaction=True) as pipe:
            for name in names:
                if field:
                    pipe.hget(name, field)
                else:
                    pipe.hgetall(name)
            for name in keys.own_personas(user_id):
                pipe.expire(name, self._settings.keep_session)
            return (await pipe.execute())[: len(names)]

    async def _put(self, step: Step, user_id: str, personas: Mapping[str, OwnPersona]) -> str:
        limit, keep = self.limit, self._settings.keep_session
        parts = [part for each, persona in personas.items() for part in (each, _card(persona), persona.prompt)]
        call = ScriptCall(PERSONA, keys.own_personas(user_id), (step, limit, keep, *parts), str)
        return await run(self._store, call)


def _stored(form: PersonaForm, created_at: float) -> OwnPersona:
    return OwnPersona(**{name: getattr(form, name) for name in PersonaForm.model_fields}, created_at=created_at)


def _persona(card: str, prompt: str) -> OwnPersona:
    return OwnPersona(**OwnCard.model_validate_json(card).model_dump(), prompt=prompt)


def _card(persona: OwnPersona) -> str:
    return persona.model_dump_json(exclude={"prompt"})


def _oldest_first(personas: dict[str, T]) -> dict[str, T]:
    return dict(sorted(personas.items(), key=lambda item: (item[1].created_at, item[0])))
