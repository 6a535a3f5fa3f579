"""Makes the catalogue of the one provider that the settings `OPENAI_*` and `MODELS` describe."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from pydantic import SecretStr

from chat.providers.catalog import Capability, Catalog, Provider
from chat.providers.forms import Limits, ModelForm, ProviderForm, model_of

REMEDIES: dict[str, str] = {
    "server": "The model server",
    "address": "OPENAI_BASE_URL",
    "key": "OPENAI_API_KEY",
    "model": "OPENAI_MODEL",
    "max_tokens": "OPENAI_MAX_TOKENS",
}


def catalog(
    base_url: str,
    key: SecretStr,
    models: Sequence[str],
    default: str,
    *,
    can: Sequence[Capability] = (),
    temperature: float,
    max_tokens: int,
    limits: Limits,
) -> Catalog:
    """Returns the catalogue: a provider with the name of its host, with the same parameters for all models."""
    forms = [
        ModelForm.model_construct(
            id=name, name=name, can=frozenset(can), temperature=temperature, max_tokens=max_tokens
        )
        for name in models
    ]
    provider = ProviderForm.model_construct(
        name=urlsplit(base_url).hostname or base_url, base_url=base_url, models=tuple(forms)
    )
    made = Provider(
        name=provider.name,
        base_url=base_url,
        key=key,
        remedies=REMEDIES,
        models=tuple(model_of(form, provider, limits) for form in forms),
    )
    return Catalog(providers=(made,), default_id=default, accepts_others=True)
