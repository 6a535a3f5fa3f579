"""Routes that list the personas and models to choose from."""

from fastapi import APIRouter

from api.auth.identity import IDENTITY_ERRORS
from api.deps import REQUIRES_ACCOUNT, OwnPersonasDep, PersonasDep, SettingsDep, UserIfKnown
from api.language import RequestedLanguage
from api.problems import documented
from api.schemas import ModelList, ModelView, RoleList, RoleView
from chat.personas import default_of
from chat.providers.catalog import Model

router = APIRouter(tags=["choices"], dependencies=[REQUIRES_ACCOUNT])


@router.get(
    "/roles", summary="List the personas", responses=documented(*IDENTITY_ERRORS), response_model_exclude_none=True
)
async def roles(
    settings: SettingsDep, personas: PersonasDep, own: OwnPersonasDep, user: UserIfKnown, language: RequestedLanguage
) -> RoleList:
    """Names follow `Accept-Language`: Chinese by default, or English. `prompt` is there if the operator allows it.

    After the operator's personas come your own, without their prompts: see `GET /me/personas`.
    """
    may_call = True if settings.tool_servers.servers else None
    views = {
        key: RoleView(
            name=persona.name.text(language),
            icon=persona.icon,
            description=persona.description.text(language),
            prompt=persona.prompt.strip() if settings.shows_prompts else None,
            welcome=persona.welcome.text(language),
            uses_tools=may_call and persona.tools != (),
        )
        for key, persona in personas.items()
    }
    for key, mine in (await own.cards(user)).items() if user else ():
        views[key] = RoleView(
            name=mine.text("name", language),
            icon=mine.icon,
            description=mine.text("description", language),
            welcome=mine.text("welcome", language),
            uses_tools=may_call,
        )
    return RoleList(roles=views, default_role=default_of(personas))


@router.get("/models", summary="List the models", responses=documented(*IDENTITY_ERRORS))
async def models(settings: SettingsDep) -> ModelList:
    """In the order of the providers. `default_model` answers where neither a request nor its session names one."""
    views = [_view(model, settings.demo_model) for model in settings.catalog.models.values()]
    return ModelList(
        models=views,
        default_model=settings.catalog.default_id,
        max_message_chars=settings.max_message_chars,
        max_file_bytes=settings.max_file_bytes if settings.files_url else 0,
        max_files=settings.max_files_per_message,
        can_kill_worker=settings.launcher_socket is not None,
        can_share=settings.share_links,
        has_tools=bool(settings.tool_servers.servers),
    )


def _view(model: Model, demo: str) -> ModelView:
    return ModelView(
        id=model.id,
        label=model.title,
        provider=model.provider,
        demo=model.id == demo,
        can=sorted(model.can),
        context_length=model.context_length,
        thinking=model.thinking,
        max_tokens=model.max_tokens,
        price=model.price,
    )
