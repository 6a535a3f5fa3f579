"""`python -m api`: one API process."""

import asyncio
import sys
from functools import partial
from types import FrameType
from typing import Any

import uvicorn
from pydantic import ValidationError

from api.main import create_app
from api.server import open_files
from api.server.connections import Connections
from api.server.http_protocol import BoundedProtocol
from chat import gc_tuning
from chat.settings import MAKE_SECRET, Settings, explain
from chat.store.memory import evicting
from chat.telemetry import logs

GRACEFUL_SECONDS = 10
NO_SECRET = (
    "SECRET_KEY is missing: it signs the tokens of guests, so it must stay the same over restarts and replicas.\n"
    f"Make one with  {MAKE_SECRET}  and put it into .env.\n"
)


def main() -> int:
    try:
        settings = Settings()
    except ValidationError as error:
        sys.stderr.write(explain(error) + "\n")
        return 2
    if settings.auth_mode != "jwt" and not settings.secret_key.get_secret_value():
        sys.stderr.write(NO_SECRET)
        return 2
    if refusal := asyncio.run(evicting(settings)):
        sys.stderr.write(refusal)
        return 2
    logs.configure(settings, "api")
    bounds = Connections(open_files.raise_limit_for(settings.max_connections))
    protocol: Any = partial(BoundedProtocol, bounds=bounds)  # annotated as a class, and only called
    config = uvicorn.Config(
        create_app(settings),
        http=protocol,
        ws="none",  # there are no WebSockets here, whatever libraries are installed
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # its lines would carry the questions of GET /chat/stream
        server_header=False,
        proxy_headers=False,  # api/middleware/proxies.py reads them
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )
    gc_tuning.freeze()
    Server(config).run()
    return 0


class Server(uvicorn.Server):
    """Leaves at once at the second signal, whichever it is."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.force_exit = self.should_exit
        super().handle_exit(sig, frame)


if __name__ == "__main__":
    sys.exit(main())
