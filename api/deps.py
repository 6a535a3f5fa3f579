"""The dependencies of routes: the services that they use, and what is known of a request's user."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar, cast

from fastapi import Depends, Query, Request, Response

from api.answering import Answering
from api.auth import scopes
from api.auth.guests import Guests
from api.auth.identity import USER_ID
from api.erasure import Erasure
from api.health.metrics import Metrics
from api.health.readiness import Readiness
from api.health.scrape import Scrape
from api.imports import Imports
from api.limits.allowance import Allowance
from api.limits.client_address import address_of
from api.limits.user_concurrency import UserConcurrency
from api.opening import Opening
from api.protocols.asking import Asking
from api.protocols.conversations import Conversations
from api.protocols.responses.stored import StoredResponses
from api.state import State
from api.stopping import Stopping
from api.streaming.shutdown import ShutdownSignal
from api.turn_streams import TurnStreams
from api.uploads import Uploads
from chat import keys
from chat.api_tokens import ApiTokens
from chat.direct_sessions import DirectSessions
from chat.errors import HoldfastError
from chat.exports import Exports
from chat.feedback import FeedbackSteps
from chat.files.files import Files
from chat.guest_visits import GuestVisits
from chat.known_tools import KnownTools
from chat.own_personas import OwnPersonas
from chat.personas import Personas
from chat.queue import Queue
from chat.search import Search
from chat.sessions import Sessions
from chat.settings import Settings
from chat.shares import Shares
from chat.store.memory import StoreMemory
from chat.telemetry.traces import Traces
from chat.turns import Turns
from chat.waiting import WaitingQuestions
from chat.zip_exports import ZipExports

T = TypeVar("T")

ALLOWANCE = "holdfast.allowance"
"""Key in the request's scope: what is left of the user's limit of requests."""


def _state_of(request: Request) -> State:
    return cast(State, request.state.holdfast)


def _service(get: Callable[[State], T]) -> Any:
    """Returns the dependency that provides one service."""

    async def provide(request: Request) -> T:
        return get(_state_of(request))

    return Depends(provide)


SettingsDep = Annotated[Settings, _service(lambda state: state.settings)]
PersonasDep = Annotated[Personas, _service(lambda state: state.personas)]
OwnPersonasDep = Annotated[OwnPersonas, _service(lambda state: state.own_personas)]
ApiTokensDep = Annotated[ApiTokens, _service(lambda state: state.api_tokens)]
StoreMemoryDep = Annotated[StoreMemory, _service(lambda state: state.store_memory)]
QueueDep = Annotated[Queue, _service(lambda state: state.queue)]
DirectSessionsDep = Annotated[DirectSessions, _service(lambda state: state.direct_sessions)]
StoredResponsesDep = Annotated[StoredResponses, _service(lambda state: state.stored_responses)]
AskingDep = Annotated[Asking, _service(lambda state: state.asking)]
ConversationsDep = Annotated[Conversations, _service(lambda state: state.conversations)]
SessionsDep = Annotated[Sessions, _service(lambda state: state.sessions)]
VisitsDep = Annotated[GuestVisits, _service(lambda state: state.visits)]
ErasureDep = Annotated[Erasure, _service(lambda state: state.erasure)]
WaitingDep = Annotated[WaitingQuestions, _service(lambda state: state.waiting)]
TurnsDep = Annotated[Turns, _service(lambda state: state.turns)]
OpeningDep = Annotated[Opening, _service(lambda state: state.opening)]
AnsweringDep = Annotated[Answering, _service(lambda state: state.answering)]
KnownToolsDep = Annotated[KnownTools, _service(lambda state: state.known_tools)]
StoppingDep = Annotated[Stopping, _service(lambda state: state.stopping)]
TurnStreamsDep = Annotated[TurnStreams, _service(lambda state: state.turn_streams)]
UserConcurrencyDep = Annotated[UserConcurrency, _service(lambda state: state.user_concurrency)]
SearchDep = Annotated[Search, _service(lambda state: state.search)]
ExportConcurrencyDep = Annotated[UserConcurrency, _service(lambda state: state.export_concurrency)]
SearchConcurrencyDep = Annotated[UserConcurrency, _service(lambda state: state.search_concurrency)]
ExportsDep = Annotated[Exports, _service(lambda state: state.exports)]
ZipExportsDep = Annotated[ZipExports, _service(lambda state: state.zip_exports)]
ImportsDep = Annotated[Imports, _service(lambda state: state.imports)]
FeedbackDep = Annotated[FeedbackSteps, _service(lambda state: state.feedback)]
SharesDep = Annotated[Shares, _service(lambda state: state.shares)]
FilesDep = Annotated[Files, _service(lambda state: state.files)]
UploadsDep = Annotated[Uploads, _service(lambda state: state.uploads)]
ShutdownDep = Annotated[ShutdownSignal, _service(lambda state: state.shutdown)]
MetricsDep = Annotated[Metrics, _service(lambda state: state.metrics)]
GuestsDep = Annotated[Guests, _service(lambda state: state.guests)]
TracesDep = Annotated[Traces, _service(lambda state: state.traces)]
ReadinessDep = Annotated[Readiness, _service(lambda state: state.readiness)]
ScrapeDep = Annotated[Scrape, _service(lambda state: state.scrape)]

UserId = Annotated[
    str | None,
    Query(
        description="Optional with a token. If given, it must match the token's user.",
        examples=["alice"],
        json_schema_extra={"pattern": f"^{USER_ID.pattern}$"},
    ),
]

# `user_id` is a parameter below only for the OpenAPI document: `Identity` reads it from the query. These functions take
# the state themselves instead of depending on one another, because FastAPI resolves every dependency again per request.


async def _user(request: Request, response: Response, user_id: UserId = None) -> str:
    state = _state_of(request)
    user = await state.identity.user_of(request, response)
    await state.visits.note(user)
    return user


async def _user_if_known(request: Request, response: Response) -> str | None:
    principal = await _state_of(request).identity.principal_of(request, response)
    return None if isinstance(principal, HoldfastError) else principal


async def _user_or_new_guest(request: Request, response: Response, user_id: UserId = None) -> str:
    state = _state_of(request)
    user = await state.identity.user_or_new_guest(request, response, user_id)
    if scopes.is_api_token(request.scope):  # its guest has data, and may never send a cookie
        await state.visits.note(user)
    return user


async def _new_guest(request: Request) -> str:
    return await _state_of(request).identity.new_guest(request)


async def _require_account(request: Request, response: Response) -> None:
    await _state_of(request).identity.require_account(request, response)


User = Annotated[str, Depends(_user)]
UserIfKnown = Annotated[str | None, Depends(_user_if_known)]
UserOrNewGuest = Annotated[str, Depends(_user_or_new_guest)]
NewGuest = Annotated[str, Depends(_new_guest)]

REQUIRES_ACCOUNT: Any = Depends(_require_account)
"""Dependency of routes without a user that still need a token in `jwt` mode."""


async def _active_turns_address(request: Request) -> str:
    is_guest = _state_of(request).settings.auth_mode == "guest"
    return keys.digest(address_of(request.scope)) if is_guest else ""


ActiveTurnsAddress = Annotated[str, Depends(_active_turns_address)]
"""The hash of the client address for which a turn counts in the limit of active turns; "" outside of `guest` mode.

One client can become many guests, so guests are limited by address. Users with accounts are not: they cannot multiply,
and many may share one address.
"""


async def _check_caller(request: Request, response: Response) -> None:
    state = _state_of(request)
    principal = await state.identity.principal_of(request, response)
    if not isinstance(principal, HoldfastError):
        request.scope[ALLOWANCE] = await state.limits.count_user(principal)
    scopes.check(request.scope)


async def _requests_left(request: Request) -> dict[str, str]:
    left: Allowance | None = request.scope.get(ALLOWANCE)
    return left.headers() if left else {}


RequestsLeft = Annotated[dict[str, str], Depends(_requests_left)]
"""Headers that tell what is left of the user's limit of requests. `CHECKS_CALLER`, the router's, comes first."""

CHECKS_CALLER: Any = Depends(_check_caller)
"""Dependency of every route: counts the request for its user, then checks what its API token may do, if it has one.
Raises `RateLimited` or `TokenForbidden`.

FastAPI runs it after it has parsed the JSON body. A request with invalid JSON or a rejected identity counts for its
address only.
"""
