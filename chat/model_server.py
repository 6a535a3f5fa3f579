"""Asks the model server of each provider once, at a start, whether it can be used, and says what is wrong.

Its answer decides nothing: a server that is away may be back soon, and some have no list of their models.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog

from chat import network
from chat.providers.catalog import Catalog, Provider

SECONDS = 5.0
"""How long the check may take."""

MAX_BYTES = 8 << 20
"""Beyond it a list of models is not read."""

SHOWN_MODELS = 5
NAME = re.compile(r"[\w.:/@+-]{1,80}")
VERSION = re.compile(r"/v\d")
"""The end of the path at which most servers have their API."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Finding:
    """What is wrong. `status`: of the answer, None without one. `url`: the address, without login and query."""

    problem: str
    url: str
    status: int | None
    hint: str

    @property
    def sentence(self) -> str:
        status = f" (status {self.status})" if self.status else ""
        return f"The model server at {self.url} {self.problem}{status}. {self.hint}"


async def log_check(catalog: Catalog) -> None:
    """Checks all providers and logs the results. Never raises an `Exception`, because nothing depends on it."""
    await asyncio.gather(*(_log_check(provider) for provider in catalog.providers))


async def _log_check(provider: Provider) -> None:
    try:
        found = await check(provider)
    except Exception as error:
        logger.warning("model_server_not_checked", provider=provider.name, error=type(error).__name__)
        return
    if found is None:
        logger.info("model_server_answers", provider=provider.name, url=network.shown(provider.base_url))
    else:
        logger.warning(
            "model_server_problem",
            provider=provider.name,
            url=found.url,
            status=found.status,
            problem=found.problem,
            hint=found.hint,
        )


async def check(provider: Provider) -> Finding | None:
    """Asks the server for its models. Returns what is wrong, None if nothing is."""
    url = network.shown(provider.base_url)
    try:
        async with asyncio.timeout(SECONDS), _client(provider) as client:
            return await _judge(client, provider, url)
    except (aiohttp.ClientError, OSError, ValueError) as error:  # a `TimeoutError` is an `OSError`
        hint = f"Start it, or correct {provider.remedies['address']}. Replies fail until it answers."
        return Finding(f"does not answer: {_cause(error)}", url, None, hint)


def _client(provider: Provider) -> aiohttp.ClientSession:
    """Makes a client that sends the key, or the login of the address, as requests for replies do."""
    key, parts = provider.key.get_secret_value(), urlsplit(provider.base_url)
    headers = network.azure_headers(network.query_of(provider.base_url), key)
    if not parts.username:
        headers["Authorization"] = f"Bearer {key or 'none'}"
    return aiohttp.ClientSession(headers=headers, trust_env=not network.is_loopback(parts.hostname or ""))


async def _judge(client: aiohttp.ClientSession, provider: Provider, url: str) -> Finding | None:
    address = provider.remedies["address"]
    status, body = await _get(client, provider.base_url, "/models")
    if status in (401, 403):
        given = "refuses the API key" if provider.key.get_secret_value() else "wants an API key"
        return Finding(given, url, status, f"Check {provider.remedies['key']}.")
    if status == 402:
        return Finding("reports that the account has no credit", url, status, "Top it up.")
    if 300 <= status < 400:
        return Finding("redirects", url, status, f"Set {address} to the address that it redirects to.")
    if status >= 500:
        return Finding("reports an error of its own", url, status, "Check its log.")
    names = _models_of(body) if status == 200 else None
    if names is None and status != 429:
        return await _other_address(client, provider, url, status)
    return _missing_model(provider, url, names)


async def _get(client: aiohttp.ClientSession, base: str, path: str) -> tuple[int, Any]:
    """Returns the status, and the JSON of the body; None if it is too long or no JSON."""
    url, query = network.without_query(base) + path, network.query_of(base)
    async with client.get(url, params=query, allow_redirects=False) as response:
        body = bytearray()
        while len(body) <= MAX_BYTES and (chunk := await response.content.readany()):
            body += chunk
    try:
        return response.status, json.loads(body)
    except ValueError:
        return response.status, None


def _models_of(body: Any) -> list[str] | None:
    """Returns the ids in a list of models; None if the body is none."""
    entries = body.get("data", body.get("models")) if isinstance(body, dict) else body
    if not isinstance(entries, list):
        return None
    return [each["id"] for each in entries if isinstance(each, dict) and isinstance(each.get("id"), str)]


async def _other_address(client: aiohttp.ClientSession, provider: Provider, url: str, status: int) -> Finding:
    """Returns the finding for an address without a list of models: whether there is one under `/v1`."""
    problem = "has no list of models" if status == 404 else "does not answer like an OpenAI-compatible server"
    address = provider.remedies["address"]
    if not VERSION.search(url):
        other, body = await _get(client, provider.base_url, "/v1/models")
        if other in (401, 403) or (other == 200 and _models_of(body) is not None):
            return Finding(problem, url, status, f"Its API is under /v1: set {address} to {url}/v1")
        return Finding(problem, url, status, f"Check {address}: with most servers it ends with /v1.")
    return Finding(problem, url, status, f"If replies fail, check {address} and {provider.remedies['model']}.")


def _missing_model(provider: Provider, url: str, names: list[str] | None) -> Finding | None:
    """Returns the finding for models that the server does not list. Azure lists models, but wants deployments."""
    if not names or "azure" in url:
        return None
    listed = {form for name in names for form in (name, name.removesuffix(":latest"), name.rpartition("/")[2])}
    missing = [model.name for model in provider.models if model.name not in listed]
    if not missing:
        return None
    shown = ", ".join(name for name in _printable(names))
    problem = f"does not list the model {', '.join(missing)}"
    return Finding(problem, url, None, f"Check {provider.remedies['model']}. It lists {shown or 'others'}.")


def _printable(names: list[str]) -> Iterator[str]:
    found = [name for name in names if NAME.fullmatch(name)]
    yield from found[:SHOWN_MODELS]
    if len(found) > SHOWN_MODELS:
        yield "…"


def _cause(error: BaseException) -> str:
    """Describes why there is no answer. Never the error's text, which quotes the address."""
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "its host name is unknown"
        case aiohttp.ClientConnectorCertificateError():
            return "its certificate is not trusted"
        case aiohttp.ClientConnectorSSLError():
            return "it does not speak TLS (is it http:// instead of https://?)"
        case aiohttp.ClientConnectorError() if isinstance(error.os_error, ConnectionRefusedError):
            return "connection refused"
        case TimeoutError():
            return f"no answer within {SECONDS:g} s"
    return type(error).__name__
