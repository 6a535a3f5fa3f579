"""Routes that list the personas and models to choose from."""

from fastapi import APIRouter

from api.auth.identity import IDENTITY_ERRORS
from api.deps import REQUIRES_ACCOUNT, PersonasDep, SettingsDep
from api.language import RequestedLanguage
from api.problems import documented
from api.schemas import ModelList, ModelView, RoleList, RoleView
from chat.personas import default_of

router = APIRouter(tags=["choices"], dependencies=[REQUIRES_ACCOUNT])


@router.get(
    "/roles", summary="List the personas", responses=documented(*IDENTITY_ERRORS), response_model_exclude_none=True
)
async def roles(settings: SettingsDep, personas: PersonasDep, language: RequestedLanguage) -> RoleList:
    """Names follow `Accept-Language`: Chinese by default, or English. `prompt` is there if the operator allows it."""
    views = {
        key: RoleView(
            name=persona.name.text(language),
            icon=persona.icon,
            description=persona.description.text(language),
            prompt=persona.prompt.strip() if settings.shows_prompts else None,
            welcome=persona.welcome.text(language),
        )
        for key, persona in personas.items()
    }
    return RoleList(roles=views, default_role=default_of(personas))


@router.get("/models", summary="List the models", responses=documented(*IDENTITY_ERRORS))
async def models(settings: SettingsDep) -> ModelList:
    views = [ModelView(id=name, demo=name == settings.demo_model) for name in settings.offered_models]
    return ModelList(
        models=views, default_model=settings.catalog.default_id, max_message_chars=settings.max_message_chars
    )
