"""What there is to choose from: personas and models."""

from fastapi import APIRouter

from api.deps import AppState
from api.language import Wanted
from api.problems import documented
from api.schemas import ModelList, ModelView, RoleList, RoleView
from chat.personas import default_of

router = APIRouter(tags=["choices"])


@router.get("/roles", summary="List the personas", responses=documented())
async def roles(state: AppState, language: Wanted) -> RoleList:
    """Names follow `Accept-Language`: Chinese by default, or English."""
    views = {
        key: RoleView(
            name=persona.name.text(language),
            icon=persona.icon,
            description=persona.description.text(language),
            prompt=persona.prompt.strip(),
            welcome=persona.welcome.text(language),
        )
        for key, persona in state.personas.items()
    }
    return RoleList(roles=views, default_role=default_of(state.personas))


@router.get("/models", summary="List the models", responses=documented())
async def models(state: AppState) -> ModelList:
    settings = state.settings
    views = [ModelView(id=name, demo=name == settings.demo_model) for name in settings.offered_models]
    return ModelList(models=views, default_model=settings.openai_model, max_message_chars=settings.max_message_chars)
