"""`python -P process_forks.py SOCKET`: imports the product once, then forks a process for each request.

Imports take most of the time that an API or a worker needs to start, and the tests start hundreds of them. The socket
listens for the pytest processes of a run; the first connection makes this process import the product. A request is one
message, a JSON object, `{"module": str, "env": {name: value}, "folder": str}`, with two open files: the log, and a pipe
for the exit status in decimal. The response is the process ID in decimal. Processes that still run at the end of their
connection are killed. At the end of its standard input this process kills those that are left, and ends.
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
from collections.abc import Iterable
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

REQUEST_BYTES = 1 << 20
"""More than the kernel accepts as one message."""


@dataclass
class Request:
    """A process to start: its module, environment and folder, and the file descriptors of its log and its pipe."""

    module: str
    env: dict[str, str]
    folder: str
    log: int
    status: int


class Server:
    """Forks processes, and reports how they ended. `running` has the connection and the pipe of each process."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._connections: set[socket.socket] = set()
        self._woken, self._waking = socket.socketpair()
        self._waking.setblocking(False)
        self._running: dict[int, tuple[socket.socket, int]] = {}
        self._selector = selectors.DefaultSelector()

    def serve(self) -> Request | None:
        """Fork for each request. Returns the request in the new process, and None in this one at its input's end."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the processes and pytest, which ends this one
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking.fileno())
        for each in (sys.stdin, self._listener, self._woken):
            self._selector.register(each, selectors.EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in self._selector.select()]
            if self._woken in ready:
                self._woken.recv(REQUEST_BYTES)
                self._report_ended()
            if self._listener in ready:
                self._accept()
            for connection in self._connections.intersection(ready):
                request = self._receive(connection)
                if request and self._fork(connection, request) == 0:
                    self._close()
                    return request
            if sys.stdin in ready:
                self._kill(list(self._running))
                self._report_ended(wait=True)
                self._close()
                return None

    def _accept(self) -> None:
        if LATER[0] not in sys.modules:
            prepare()
        connection, _ = self._listener.accept()
        self._connections.add(connection)
        self._selector.register(connection, selectors.EVENT_READ)

    def _receive(self, connection: socket.socket) -> Request | None:
        """Receive a request. At the connection's end, kill its processes and return None."""
        data, files = b"", list[int]()
        with suppress(ConnectionError):  # a pytest process that was killed
            data, files, *_ = socket.recv_fds(connection, REQUEST_BYTES, 2)
        if data:
            return Request(**json.loads(data), log=files[0], status=files[1])
        self._selector.unregister(connection)
        self._connections.remove(connection)
        connection.close()
        self._kill(pid for pid, (its, _) in self._running.items() if its is connection)
        return None

    def _kill(self, processes: Iterable[int]) -> None:
        for pid in processes:
            os.kill(pid, signal.SIGKILL)

    def _fork(self, connection: socket.socket, request: Request) -> int:
        if "MCP_FILE" in request.env and TOOLS not in sys.modules:
            prepare_tools()
        self._running[pid := os.fork()] = connection, request.status
        if pid:
            os.close(request.log)
            with suppress(ConnectionError):
                connection.sendall(str(pid).encode())
        return pid

    def _close(self) -> None:
        """Close everything that forking needs, and handle signals as a new process does."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._selector.close()
        for each in (self._listener, *self._connections, self._woken, self._waking):
            each.close()
        for _, pipe in self._running.values():
            os.close(pipe)
        with open(os.devnull) as nothing:
            os.dup2(nothing.fileno(), 0)

    def _report_ended(self, wait: bool = False) -> None:
        """Write the exit status of each process that has ended to its pipe, as `subprocess` has it: -9 for SIGKILL."""
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, 0 if wait else os.WNOHANG))[0]:
                with suppress(BrokenPipeError), os.fdopen(self._running.pop(ended[0])[1], "w") as pipe:
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
    with socket.socket(fileno=number) as listener:
        request = Server(listener).serve()
    if request:
        run(request)


if __name__ == "__main__":
    main(int(sys.argv[1]))
