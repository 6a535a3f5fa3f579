"""`python -m api`: runs one API process."""

import contextlib
import socket
import sys
from functools import partial
from types import FrameType
from typing import Any

import structlog
import uvicorn

from api.main import create_app
from api.server import open_files
from api.server.connections import Connections
from api.server.http_protocol import BoundedProtocol
from api.streaming.event_stream import ServerSend
from api.streaming.shutdown import ShutdownSignal
from chat import configuration, gc_tuning, unknown_settings
from chat.settings import MAKE_SECRET
from chat.store.start_check import refusal
from chat.telemetry import logs

GRACEFUL_SECONDS = 10
INTERRUPTED = 130
"""The exit code of a process that Ctrl-C ended, as shells have it."""

NO_SECRET = (
    "SECRET_KEY is missing: it signs the tokens of guests, so it must be the same after restarts and on all replicas.\n"
    f"Make one, once:  echo SECRET_KEY=$({MAKE_SECRET}) >> .env\n"
)

logger = structlog.get_logger("api")


def main() -> int:
    """Serves until a signal or a fault of its own. Returns the exit code."""
    try:
        return serve()
    except KeyboardInterrupt:  # during the start
        return INTERRUPTED


def serve() -> int:
    """Returns the exit code, as `main`.

    2 for invalid settings, a missing secret, or a store that refuses or evicts; 1 if a background task failed,
    `chat.watchdog.HUNG` if the watchdog ended the server.
    """
    try:
        settings = configuration.load()
    except configuration.Unusable as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if settings.auth_mode != "jwt" and not settings.secret_key.get_secret_value():
        sys.stderr.write(NO_SECRET)
        return 2
    if why := refusal(settings):
        sys.stderr.write(why)
        return 2
    logs.configure(settings, "api")
    unknown_settings.log(settings)
    bounds = Connections(open_files.raise_limit_for(settings.max_connections))
    shutdown = ShutdownSignal()
    protocol: Any = partial(BoundedProtocol, bounds=bounds)  # uvicorn annotates it as a class, but only calls it
    config = uvicorn.Config(
        ServerSend(create_app(settings, shutdown)),
        http=protocol,
        ws="none",  # no WebSockets, even if a library for them is installed
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # its lines would contain the questions of GET /chat/stream
        server_header=False,
        proxy_headers=False,  # api/middleware/proxies.py does this
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    gc_tuning.freeze()
    with contextlib.suppress(KeyboardInterrupt):  # uvicorn raises it again after an orderly stop
        Server(config, shutdown).run()
    return shutdown.exit_code


class Server(uvicorn.Server):
    """Logs its address and its end. Ends the streams at the first signal, exits at once at the second, of any kind."""

    def __init__(self, config: uvicorn.Config, shutdown_signal: ShutdownSignal) -> None:
        super().__init__(config)
        self._shutdown_signal = shutdown_signal
        shutdown_signal.on_failure = self.end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
            logger.info("api_ready", address=f"http://{host}:{self.config.port}")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        logger.info("api_stopping")
        await super().shutdown(sockets)
        logger.info("api_stopped")

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        self._shutdown_signal.set()
        super().handle_exit(sig, frame)

    def end(self) -> None:
        """Ends the server as a signal does, but the process goes on to its exit code."""
        self._shutdown_signal.set()
        self.should_exit = True


if __name__ == "__main__":
    sys.exit(main())
