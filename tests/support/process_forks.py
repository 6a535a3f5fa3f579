"""`python -P process_forks.py SOCKET`: imports the product once, then forks a process for each request.

Imports take most of the time that an API or a worker needs to start, and the tests start hundreds of them. A request is
a JSON object, `{"module": str, "env": {name: value}, "folder": str}`, with two open files: the log, and a pipe for the
exit status in decimal. The response is the process ID in decimal. At the end of the socket this process ends.
"""

import atexit
import gc
import importlib
import importlib.util
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass

PRODUCT = ("api.__main__", "worker.__main__")
LATER = (
    "anyio._backends._asyncio",
    "chat.telemetry.otel",
    "encodings.idna",
    "fastapi.telemetry._runtime",
    "httpcore2",
    "httpx2",
    "openai.resources.chat.completions.completions",
    "openai.resources.responses.responses",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
)
"""What the product and its libraries import when they first use it."""

TOOLS = "worker.tools.opening"
"""What a worker with tool servers imports when it starts, which takes longer than all else that it does."""

REQUEST_BYTES = 1 << 16


@dataclass
class Request:
    """A process to start: its module, environment and folder, and the file descriptors of its log and its pipe."""

    module: str
    env: dict[str, str]
    folder: str
    log: int
    status: int


class Server:
    """Forks processes, and reports how they ended. `running` has the pipe of each process."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._woken, self._waking = socket.socketpair()
        self._waking.setblocking(False)
        self._running: dict[int, int] = {}

    def serve(self) -> Request | None:
        """Fork for each request. Returns the request in the new process, and None in this one at the socket's end."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the processes and pytest, which ends this one
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking.fileno())
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while True:
                ready = [key.fileobj for key, _ in selector.select()]
                if self._woken in ready:
                    self._woken.recv(REQUEST_BYTES)
                    self._report_ended()
                if self._requests in ready:
                    request = self._receive()
                    if request and "MCP_FILE" in request.env and TOOLS not in sys.modules:
                        prepare_tools()
                    if request is None or self._fork(request) == 0:
                        self._close()
                        return request

    def _receive(self) -> Request | None:
        data, files, *_ = socket.recv_fds(self._requests, REQUEST_BYTES, 2)
        return Request(**json.loads(data), log=files[0], status=files[1]) if data else None

    def _fork(self, request: Request) -> int:
        self._running[pid := os.fork()] = request.status
        if pid:
            os.close(request.log)
            self._requests.sendall(str(pid).encode())
        return pid

    def _close(self) -> None:
        """Close everything that forking needs, and handle signals as a new process does."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for connection in (self._requests, self._woken, self._waking):
            connection.close()
        for pipe in self._running.values():
            os.close(pipe)

    def _report_ended(self) -> None:
        """Write the exit status of each process that has ended to its pipe, as `subprocess` has it: -9 for SIGKILL."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                with suppress(BrokenPipeError), os.fdopen(self._running.pop(ended[0]), "w") as pipe:
                    pipe.write(str(os.waitstatus_to_exitcode(ended[1])))


def run(request: Request) -> None:
    """Run the module in this process as `python -m MODULE` does."""
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.env)
    for output in (1, 2):
        os.dup2(request.log, output)
    os.close(request.log)
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # the present ones may expect a file that can be sought
    sys.stderr = open(2, "w", encoding="utf-8", closefd=False, errors="backslashreplace", buffering=1)
    sys.argv = [request.module]
    sys.orig_argv = [sys.executable, "-m", request.module]
    sys.path.insert(0, request.folder)
    try:
        runpy.run_module(request.module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, int):
            leave(end.code)
        raise


def leave(code: int) -> None:
    """End this process as `sys.exit` does, except that its objects are not deleted one by one: that takes 0.1 s."""
    for thread in threading.enumerate():
        if not thread.daemon and thread is not threading.current_thread():
            thread.join()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def prepare() -> None:
    """Import the product and what it imports later, and build what is the same in all its processes.

    The objects are left out of collections, which would copy their memory in each process.
    """
    for name in PRODUCT:
        importlib.import_module(name)
        del sys.modules[name]  # it runs again, as `__main__`
    for name in LATER:
        with suppress(ModuleNotFoundError):  # an earlier release does not have all of them
            importlib.import_module(name)
    if importlib.util.find_spec("api.served_routes"):  # an earlier release does not have it
        importlib.import_module("api.served_routes").served_routes(with_demo=False)
    gc.collect()
    gc.freeze()


def prepare_tools() -> None:
    """Import what only processes with tool servers need, for all that are forked from now on."""
    with suppress(ModuleNotFoundError):  # an earlier release
        importlib.import_module(TOOLS)
    gc.collect()
    gc.freeze()


def main(number: int) -> None:
    prepare()
    if request := Server(socket.socket(fileno=number)).serve():
        run(request)


if __name__ == "__main__":
    main(int(sys.argv[1]))
