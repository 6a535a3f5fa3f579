"""Starts Valkey, the model, the worker and the API, in this order, and stops them in reverse order."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ParamSpec, TextIO

from chat import demo, model_server, network, tasks
from chat.settings import Settings
from chat.store.start_check import stores
from launcher import environment, model, own_tools, ports, valkey
from launcher.console import coloured, say
from launcher.control import control
from launcher.folder import Folder
from launcher.processes import Service
from launcher.supervisor import Supervisor

SLOW_SECONDS = 20
VALKEY_PORT = "valkey_port"
"""The file that names the port of the last run's Valkey."""

P = ParamSpec("P")


class Signals:
    """Handles SIGINT, SIGTERM and SIGHUP: the first one requests an orderly stop, a second one an immediate stop."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.again = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) != signal.SIG_IGN:  # nohup sets SIGHUP to be ignored
                loop.add_signal_handler(number, self._on_signal, number)

    def _on_signal(self, number: signal.Signals) -> None:
        if not self.first.is_set():
            self.first.set()
        elif number != signal.SIGHUP:
            self.again.set()


class Launcher:
    """One run of Holdfast. Raises `Problem` before it starts: a program is missing, or a Redis does not answer."""

    def __init__(self, settings: Settings, folder: Folder, base: Mapping[str, str]) -> None:
        self.settings = settings
        self.folder = folder
        self.base = dict(base) | ({"FORCE_COLOR": "1"} if coloured() else {})
        self.password = folder.secret("valkey_password")
        self.valkey_port, self.model_port = ports.free(), ports.free()
        self.valkey_url = valkey.url(self.valkey_port, self.password)
        model_url = f"http://127.0.0.1:{self.model_port}/v1"
        own = environment.Own(
            secret_key=folder.secret("secret_key"),
            valkey_url=self.valkey_url,
            model_url=model_url,
            files_url=folder.files.absolute().as_uri(),
            socket=str(folder.socket),
            mcp_file=str(folder.private("tools.toml", own_tools.servers()).absolute()),
        )
        self.plan = environment.decide(settings, own, base)
        self._check()

    def _check(self) -> None:
        if self.plan.model:
            model.file()
        for name, address in stores(self.settings).items():
            if name == "QUEUE_REDIS_URL" or not self.plan.valkey:
                valkey.check(name, address)

    async def run(self, lock_file: TextIO | None = None) -> None:
        """Starts all services, prints the address when they are ready, and stops them at a signal or a failure.

        Raises the failure. `lock_file` stays open until the last service has ended.
        """
        signals = Signals()
        async with Supervisor(lock_file) as supervisor:
            starting = asyncio.create_task(self.start_services(supervisor))
            stop_asked = asyncio.create_task(signals.first.wait())
            ends: set[asyncio.Future[Any]] = {starting, stop_asked, supervisor.failure}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            starting.cancel()
            await stop(supervisor, signals)
            for end in (supervisor.failure, starting):
                if end.done() and not end.cancelled():
                    end.result()

    async def start_services(self, supervisor: Supervisor) -> None:
        """Starts the services, and meanwhile asks a model server of the user's. Then waits until it is cancelled."""
        checking = asyncio.create_task(self.check_model_server())
        try:
            async with contextlib.AsyncExitStack() as stack:
                await self.take_commands(supervisor, stack)
                await self.start_in_order(supervisor)
                await self.ready()
                await asyncio.Event().wait()
        finally:
            await tasks.stop(checking)

    async def take_commands(self, supervisor: Supervisor, stack: contextlib.AsyncExitStack) -> None:
        """Takes commands of the API, where it has the demo model of this machine. Some file systems have no sockets."""
        if "LAUNCHER_SOCKET" not in self.plan.variables:
            return
        kill_worker = partial(supervisor.kill_on_request, "worker")
        try:
            await stack.enter_async_context(control(self.folder.socket, kill_worker))
        except OSError:
            del self.plan.variables["LAUNCHER_SOCKET"]

    async def check_model_server(self) -> None:
        """Says what is wrong with the model server that the settings name. The start does not wait for it."""
        for provider in () if self.plan.model else self.settings.catalog.providers:
            if found := await model_server.check(provider):
                say(found.sentence)

    async def start_in_order(self, supervisor: Supervisor) -> None:
        """Starts the services, each once those that it needs are ready."""
        if self.plan.valkey:
            self.clear_leftover()
            say("Valkey keeps the conversations in .holdfast/valkey.")
            await supervisor.start(self.valkey_service())
        if self.plan.model:
            say(f"The model is {demo.NAME}, a tiny one for trying out; .env may name a real one (OPENAI_API_KEY).")
            await supervisor.start(self.model_service())
        else:
            self.say_models()
        if self.plan.valkey:
            await until(valkey.answers, self.valkey_url)
        if self.plan.model:  # because the worker resumes turns of an earlier run at once
            await until(ports.answers, "127.0.0.1", self.model_port, "/health")
        drain = float(self.plan.variables.get("DRAIN_SECONDS", self.settings.drain_seconds))
        await supervisor.start(self.module("worker", grace=drain + 5))
        await supervisor.start(self.module("api", grace=10))

    def say_models(self) -> None:
        """Says which models there are, and where."""
        for provider in self.settings.catalog.providers:
            names = [model.id for model in provider.models]
            begin = f"The models are {', '.join(names)}" if len(names) > 1 else f"The model is {names[0]}"
            say(f"{begin} at {network.shown(provider.base_url)}.")

    async def ready(self) -> None:
        """Waits until the API reports that it is ready, and prints its address."""
        slow = asyncio.get_running_loop().call_later(
            SLOW_SECONDS, say, "Still starting; the lines above and .holdfast/logs/ may show the cause."
        )
        await until(ports.answers, self.settings.host, self.settings.port, "/health/ready")
        slow.cancel()
        if not (self.settings.web_dir / "index.html").exists():
            say("The page is not built (`make setup` builds it); only the API answers.")
        if self.plan.variables.get("AUTH_MODE", self.settings.auth_mode) != "trust":
            say("Each request needs a cookie or a token (POST /auth/guest): a user_id alone is not accepted.")
        address = ports.address(self.settings.host, self.settings.port)
        say(f"Holdfast is ready: {address}  (Ctrl-C stops it)")

    def clear_leftover(self) -> None:
        """Stops a Valkey that an earlier run left on the data folder, and records the port of the next one."""
        port = self.folder.text(VALKEY_PORT)
        if port.isdecimal() and valkey.stop_leftover(valkey.url(int(port), self.password), self.folder.valkey):
            say("A Valkey of an earlier run was still running and has been stopped.")
        self.folder.private(VALKEY_PORT, str(self.valkey_port))

    def valkey_service(self) -> Service:
        """The built-in Valkey. It reads its password from a file, because every user can read a command line."""
        secret = self.folder.private("valkey.conf", f"requirepass {self.password}\n")
        command = valkey.command(self.folder.valkey.absolute(), self.valkey_port, "--include", str(secret.absolute()))
        return Service("valkey", command, self.base, self.folder.log("valkey"))

    def model_service(self) -> Service:
        """The built-in model."""
        return Service("model", model.command(self.model_port), self.base, self.folder.log("model"), grace=5)

    def module(self, name: str, grace: float) -> Service:
        """The API or the worker. It finds the other services through its environment."""
        return Service(name, [sys.executable, "-m", name], self.plan.environment(self.base), grace=grace)


async def stop(supervisor: Supervisor, signals: Signals) -> None:
    """Stops the children in order; kills them at a second signal."""
    say("\nStopping … (Ctrl-C again stops at once)")
    stopped = asyncio.create_task(supervisor.stop())
    again = asyncio.create_task(signals.again.wait())
    await asyncio.wait({stopped, again}, return_when=asyncio.FIRST_COMPLETED)
    if again.done():
        supervisor.kill()
    again.cancel()
    await stopped
    say("Stopped. Unfinished replies are kept and continue with the next `make run`.")


async def until(check: Callable[P, bool], *args: P.args, **kwargs: P.kwargs) -> None:
    """Waits until a quick check returns true."""
    while not await asyncio.to_thread(check, *args, **kwargs):  # noqa: ASYNC110 - another process offers no event to wait for
        await asyncio.sleep(0.05)
