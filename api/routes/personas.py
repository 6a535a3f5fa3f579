"""Routes for the personas that users make themselves."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.requests import ClientDisconnect

from api.auth.identity import IDENTITY_ERRORS
from api.deps import OwnPersonasDep, StoreMemoryDep, User
from api.file_names import disposition
from api.persona_schemas import DeletedPersona, PersonaList, PersonaView
from api.problems import documented
from chat import persona_files, persona_parser
from chat.errors import BodyTooLarge, InvalidJson, StoreFull
from chat.persona_errors import PersonaFileInvalid, PersonaFileTooLarge, TooManyPersonas, UnknownPersona
from chat.persona_files import Format, PersonaForm

router = APIRouter(tags=["personas"])

WRITE_ERRORS = (*IDENTITY_ERRORS, InvalidJson, BodyTooLarge, StoreFull)
MEDIA_TYPES: dict[Format, str] = {"toml": "application/toml", "json": "application/json"}

EXAMPLE = "own-1a2b3c4d"
ONE = "/me/personas/{persona_id}"
PersonaId = Annotated[str, Path(max_length=64, examples=[EXAMPLE])]
file_docs = {
    "requestBody": {"required": True, "content": {"text/plain": {"schema": {"type": "string", "minLength": 1}}}}
}
download_docs: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, in the form of the operator's `PERSONAS_FILE`, or the same as JSON.",
        "content": {
            MEDIA_TYPES["toml"]: {"schema": {"type": "string"}},
            MEDIA_TYPES["json"]: {"schema": {"type": "object", "additionalProperties": True}},
        },
    }
}


@router.get("/me/personas", summary="List your own personas", responses=documented(*IDENTITY_ERRORS))
async def personas(own: OwnPersonasDep, user: User) -> PersonaList:
    """Oldest first, as `GET /roles` offers them to you after the operator's."""
    found = await own.listed(user)
    return PersonaList(personas=[PersonaView.of(each, persona) for each, persona in found.items()], limit=own.limit)


@router.post(
    "/me/personas", summary="Make a persona", status_code=201, responses=documented(*WRITE_ERRORS, TooManyPersonas)
)
async def make(own: OwnPersonasDep, store_memory: StoreMemoryDep, user: User, body: PersonaForm) -> PersonaView:
    """Only you can see and use it. Its id is a `role` for your sessions and questions."""
    store_memory.check()
    return PersonaView.of(*await own.add(user, body))


@router.get(
    "/me/personas-file",
    summary="Export your own personas",
    response_class=Response,
    responses={**download_docs, **documented(*IDENTITY_ERRORS, UnknownPersona)},
)
async def export(
    own: OwnPersonasDep,
    user: User,
    format: Annotated[Format, Query(description="TOML is easier to write by hand.")] = "toml",
    id: Annotated[str | None, Query(max_length=64, description="Only this one.", examples=[EXAMPLE])] = None,
) -> Response:
    """A file to keep or to share: `POST /me/personas-file` takes it, also another user's."""
    found = {id: await own.get(user, id)} if id is not None else await own.listed(user)
    title = next(iter(found.values())).shown_name if id is not None else "personas"
    headers = {"Content-Disposition": disposition(title, f".{format}")}
    return Response(persona_files.write(found, format), media_type=MEDIA_TYPES[format], headers=headers)


@router.post(
    "/me/personas-file",
    summary="Import personas from a file",
    status_code=201,
    responses=documented(*WRITE_ERRORS, PersonaFileInvalid, PersonaFileTooLarge, TooManyPersonas),
    openapi_extra=file_docs,
)
async def import_file(own: OwnPersonasDep, store_memory: StoreMemoryDep, user: User, request: Request) -> PersonaList:
    """The body is the file, TOML or JSON. Its personas are added under new ids: all of them, or none."""
    store_memory.check()
    text = await _text_of(request)
    tables = await persona_parser.parsed(text)
    own.check_number(len(tables))
    made = await own.add_all(user, list(persona_files.personas_of(tables).values()))
    return PersonaList(personas=[PersonaView.of(each, persona) for each, persona in made], limit=own.limit)


@router.get(ONE, summary="Read a persona", responses=documented(*IDENTITY_ERRORS, UnknownPersona))
async def read(own: OwnPersonasDep, user: User, persona_id: PersonaId) -> PersonaView:
    return PersonaView.of(persona_id, await own.get(user, persona_id))


@router.put(ONE, summary="Change a persona", responses=documented(*WRITE_ERRORS, UnknownPersona))
async def change(
    own: OwnPersonasDep, store_memory: StoreMemoryDep, user: User, persona_id: PersonaId, body: PersonaForm
) -> PersonaView:
    """Replaces all of it. Sessions that use it go on with the new prompt, from their next reply."""
    store_memory.check()
    return PersonaView.of(persona_id, await own.change(user, persona_id, body))


@router.delete(ONE, summary="Delete a persona", responses=documented(*IDENTITY_ERRORS, UnknownPersona))
async def delete(own: OwnPersonasDep, user: User, persona_id: PersonaId) -> DeletedPersona:
    """Replies keep its name. Sessions that use it go on with the default persona, from their next reply."""
    await own.delete(user, persona_id)
    return DeletedPersona(id=persona_id)


async def _text_of(request: Request) -> str:
    try:
        return (await request.body()).decode("utf-8-sig")
    except ClientDisconnect:  # or the body is too large or too slow, which is answered before this is
        raise PersonaFileTooLarge from None
    except UnicodeDecodeError:
        raise PersonaFileInvalid("it is not UTF-8 text") from None
