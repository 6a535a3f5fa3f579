"""Connects what runs turns, for a worker as for a process that runs a single turn."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from chat import keys, personas
from chat.approvals import Approvals
from chat.circuits import Circuits
from chat.endings import Endings
from chat.event_log import TurnLog
from chat.files.files import Files
from chat.files.objects import Objects
from chat.known_tools import KnownTools
from chat.own_personas import OwnPersonas
from chat.queue import Queue
from chat.settings import Settings
from chat.store import connect, connect_pubsub
from chat.store.pubsub import Listener
from chat.sweep import Sweeper
from chat.tasks import stop, watched
from chat.telemetry.traces import open_traces
from chat.turns import Turns
from chat.waiting import WaitingQuestions
from worker.jobs.attached_files import AttachedFiles
from worker.jobs.hand_backs import HandBacks
from worker.jobs.held_questions import HELD_SECONDS
from worker.jobs.isolation import Isolation
from worker.jobs.parked_turns import ParkedTurns
from worker.jobs.prompts import Prompts
from worker.jobs.result_images import ResultImages
from worker.jobs.run_turn import TurnRunner
from worker.jobs.stop_signals import StopSignals
from worker.jobs.titles import Titles
from worker.jobs.tool_replies import ToolReplies
from worker.llm.models import Models
from worker.output.flusher import Flusher
from worker.tools.reports import Reports
from worker.tools.toolbox import Toolbox


@dataclass(frozen=True)
class Engine:
    """Runs turns, names sessions and sweeps abandoned turns."""

    runner: TurnRunner
    titles: Titles
    sweeper: Sweeper
    parked: ParkedTurns


@asynccontextmanager
async def open_engine(
    settings: Settings, isolation: Isolation, on_broken: Callable[[], object]
) -> AsyncIterator[Engine]:
    """Connects an engine and runs its background tasks. Calls `on_broken` if one of these fails."""
    async with AsyncExitStack() as stack:
        traces = open_traces(settings, "holdfast-worker")
        stack.push_async_callback(asyncio.to_thread, traces.close)
        store = await stack.enter_async_context(connect(settings.data_url))
        store_pubsub = await stack.enter_async_context(connect_pubsub(settings.data_url))
        queue_redis = await stack.enter_async_context(connect(settings.queue_url))
        queue = Queue(queue_redis, settings)
        models = await stack.enter_async_context(Models(settings))
        reports = Reports(KnownTools(store))
        toolbox = await stack.enter_async_context(Toolbox(settings, traces, reports.note_change))
        files = Files(store, settings, Objects(settings.files_url))
        attached = AttachedFiles(files, settings)
        turns, log = Turns(store, settings), TurnLog(store)
        flusher, stops, hand_backs = Flusher(log), StopSignals(), HandBacks(turns)
        titles = Titles(store, queue, settings, models)
        waiting = WaitingQuestions(store, settings, turns, queue)
        parked = ParkedTurns(turns, queue)
        runner = TurnRunner(
            turns=turns,
            log=log,
            settings=settings,
            prompts=Prompts(
                personas.load(settings.personas_file),
                OwnPersonas(store, settings),
                attached,
                settings,
            ),
            tools=ToolReplies(toolbox, ResultImages(files, settings), attached, settings),
            approvals=Approvals(store, settings, turns.open_turns, settings.approval_timeout),
            held_approvals=Approvals(store, settings, turns.open_turns, min(HELD_SECONDS, settings.approval_timeout)),
            models=models,
            circuits=Circuits(queue_redis),
            flusher=flusher,
            stops=stops,
            titles=titles,
            waiting=waiting,
            traces=traces,
            hand_backs=hand_backs,
            isolation=isolation,
            parked=parked,
        )
        listener = Listener(store_pubsub, store, stops.on_message, stops.check_all)
        listener.want(keys.STOPS)
        tasks = listener.run(), turns.open_turns.run(), hand_backs.run(), flusher.run(), reports.run(toolbox)
        for task in tasks:
            stack.push_async_callback(stop, asyncio.create_task(watched(task, on_broken)))
        endings = Endings(turns, log, queue, waiting, traces)
        yield Engine(runner, titles, Sweeper(turns, queue, waiting, endings), parked)
