"""Creates the services of an API process, once, in its lifespan."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from api.answering import Answering
from api.auth.guests import Guests
from api.auth.identity import Identity
from api.auth.provider import open_provider
from api.erasure import Erasure
from api.file_imports import FileImports
from api.health.metrics import Metrics
from api.health.readiness import Readiness
from api.health.scrape import Scrape
from api.imports import Imports
from api.limits.rates import RequestLimits
from api.limits.user_concurrency import MAX_EXPORTS, MAX_OPENS, MAX_SEARCHES, UserConcurrency
from api.opening import Opening
from api.protocols.asking import Asking
from api.protocols.conversations import Conversations
from api.protocols.pictures import Pictures
from api.protocols.prompt_sessions import PromptSessions
from api.protocols.responses.stored import StoredResponses
from api.stopping import Stopping
from api.streaming.event_stream import StreamHeartbeat
from api.streaming.feed import Feed
from api.streaming.follow import Follower
from api.streaming.open_streams import OpenStreams
from api.streaming.shutdown import ShutdownSignal
from api.turn_streams import TurnStreams
from api.uploads import Uploads
from chat import personas
from chat.api_tokens import ApiTokens
from chat.approvals import Approvals
from chat.asked import AskedRequests
from chat.circuits import Circuits
from chat.direct_sessions import DirectSessions
from chat.endings import Endings
from chat.event_log import TurnLog
from chat.exports import Exports
from chat.feedback import FeedbackSteps
from chat.files.files import Files
from chat.files.objects import Objects
from chat.files.sweep import FileSweeper
from chat.guest_visits import GuestVisits
from chat.known_tools import KnownTools
from chat.own_personas import OwnPersonas
from chat.personas import Personas
from chat.queue import Queue
from chat.restoring import Restoring
from chat.search import Search
from chat.sessions import Sessions
from chat.settings import Settings
from chat.shares import Shares
from chat.store import connect, connect_pubsub
from chat.store.memory import StoreMemory
from chat.sweep import Sweeper
from chat.tasks import stop, watched
from chat.telemetry.traces import Traces, open_traces
from chat.turns import Turns
from chat.waiting import WaitingQuestions
from chat.watchdog import HUNG, Watchdog
from chat.zip_exports import ZipExports

BROKEN = 1
"""Exit code of a process that ended because a background task failed."""


@dataclass(frozen=True)
class State:
    """The services. Routes take those that they use from `api.deps`, and never all of them."""

    settings: Settings
    personas: Personas
    own_personas: OwnPersonas
    api_tokens: ApiTokens
    store_memory: StoreMemory
    queue: Queue
    sessions: Sessions
    direct_sessions: DirectSessions
    asking: Asking
    stored_responses: StoredResponses
    conversations: Conversations
    turns: Turns
    opening: Opening
    turn_streams: TurnStreams
    stopping: Stopping
    answering: Answering
    known_tools: KnownTools
    waiting: WaitingQuestions
    visits: GuestVisits
    erasure: Erasure
    exports: Exports
    zip_exports: ZipExports
    imports: Imports
    feedback: FeedbackSteps
    shares: Shares
    files: Files
    uploads: Uploads
    shutdown: ShutdownSignal
    identity: Identity
    guests: Guests
    limits: RequestLimits
    user_concurrency: UserConcurrency
    search: Search
    search_concurrency: UserConcurrency
    export_concurrency: UserConcurrency
    traces: Traces
    metrics: Metrics
    readiness: Readiness
    scrape: Scrape


@asynccontextmanager
async def open_state(settings: Settings, shutdown: ShutdownSignal) -> AsyncIterator[State]:
    """Connects the stores, starts the background tasks, and ends all of them on exit."""
    async with AsyncExitStack() as stack:
        traces = open_traces(settings, "holdfast-api")
        stack.push_async_callback(asyncio.to_thread, traces.close)
        store = await stack.enter_async_context(connect(settings.data_url))
        pubsub = await stack.enter_async_context(connect_pubsub(settings.data_url))
        queue_redis = await stack.enter_async_context(connect(settings.queue_url))
        queue = Queue(queue_redis, settings)
        metrics = Metrics()
        metrics.know_models(settings.catalog.models)
        stack.enter_context(Watchdog(settings.watchdog_seconds, partial(shutdown.fail, HUNG), metrics.loop_lag.observe))
        feed = Feed(pubsub, store, metrics)
        store_memory = StoreMemory(data=store, queue=queue_redis)
        readiness = Readiness(store, queue_redis, queue, feed, store_memory)
        streams, heartbeat = OpenStreams(store, settings), StreamHeartbeat(shutdown)
        provider = await stack.enter_async_context(open_provider(settings)) if settings.auth_mode == "jwt" else None
        sessions, turns, log = Sessions(store, settings), Turns(store, settings), TurnLog(store)
        waiting = WaitingQuestions(store, settings, turns, queue)
        endings = Endings(turns, log, queue, waiting, traces)
        stopping = Stopping(turns, queue, endings, metrics)
        approvals = Approvals(store, settings, turns.open_turns, settings.approval_timeout)
        visits = GuestVisits(store, settings)
        objects = Objects(settings.files_url)
        files = Files(store, settings, objects)
        uploads, own_personas = Uploads(settings, files, objects, store_memory), OwnPersonas(store, settings)
        api_tokens = ApiTokens(store, settings)
        exports, restoring = Exports(store, settings), Restoring(store, settings, files)
        shares, direct_sessions = Shares(store, settings), DirectSessions(store, settings, sessions, files)
        erasure = Erasure(sessions, direct_sessions, stopping, visits, files, own_personas, shares, api_tokens)
        running = [
            feed.run(),
            store_memory.run(),
            stopping.run(),
            erasure.run(),
            direct_sessions.run(),
            Sweeper(turns, queue, waiting, endings).run(),
            FileSweeper(store, files, objects).run(),
            turns.open_turns.run(),
            streams.run(),
            heartbeat.run(),
            _close_at_exit(feed, shutdown),
            *([provider.jwks.run()] if provider else []),
        ]
        for work in running:
            stack.push_async_callback(stop, asyncio.create_task(watched(work, partial(shutdown.fail, BROKEN))))
        guests, limits = Guests(settings), RequestLimits(queue_redis, settings, metrics)
        all_personas = personas.load(settings.personas_file)
        opening = Opening(
            settings=settings,
            personas=all_personas,
            own_personas=own_personas,
            store_memory=store_memory,
            queue=queue,
            sessions=sessions,
            turns=turns,
            files=files,
            stopping=stopping,
            metrics=metrics,
            traces=traces,
        )
        turn_streams = TurnStreams(
            turns=turns,
            opening=opening,
            streams=streams,
            feed=feed,
            follower=Follower(feed, log, sessions, metrics),
            heartbeat=heartbeat,
            traces=traces,
        )
        user_concurrency = UserConcurrency(MAX_OPENS)
        yield State(
            settings=settings,
            personas=all_personas,
            own_personas=own_personas,
            api_tokens=api_tokens,
            store_memory=store_memory,
            queue=queue,
            sessions=sessions,
            direct_sessions=direct_sessions,
            asking=Asking(
                places=PromptSessions(all_personas, sessions, direct_sessions, AskedRequests(store, settings)),
                turns=turns,
                opening=opening,
                turn_streams=turn_streams,
                pictures=Pictures(uploads, settings.max_files_per_message),
                user_concurrency=user_concurrency,
                settings=settings,
            ),
            stored_responses=StoredResponses(sessions, turns, log, files, stopping),
            conversations=Conversations(sessions, turns, all_personas),
            turns=turns,
            opening=opening,
            turn_streams=turn_streams,
            stopping=stopping,
            answering=Answering(turns, approvals, queue, metrics),
            known_tools=KnownTools(store),
            waiting=waiting,
            visits=visits,
            erasure=erasure,
            exports=exports,
            zip_exports=ZipExports(exports, files),
            imports=Imports(
                store,
                settings,
                all_personas,
                store_memory,
                restoring,
                FileImports(settings, files, uploads),
                own_personas,
            ),
            feedback=FeedbackSteps(store, settings),
            shares=shares,
            files=files,
            uploads=uploads,
            shutdown=shutdown,
            identity=Identity(settings, guests, provider, api_tokens.records, limits),
            guests=guests,
            limits=limits,
            user_concurrency=user_concurrency,
            search=Search(store, settings),
            search_concurrency=UserConcurrency(MAX_SEARCHES),
            export_concurrency=UserConcurrency(MAX_EXPORTS),
            traces=traces,
            metrics=metrics,
            readiness=readiness,
            scrape=Scrape(
                metrics=metrics,
                readiness=readiness,
                queue=queue,
                open_turns=turns.open_turns,
                circuits=Circuits(queue_redis),
                providers=[provider.name for provider in settings.catalog.providers],
            ),
        )


async def _close_at_exit(feed: Feed, shutdown: ShutdownSignal) -> None:
    """Closes the feed at a signal: uvicorn ends the lifespan only after its connections, so streams must end first."""
    await shutdown.wait()
    feed.close()
