"""`python reader_forks.py SOCKET`: imports what reads files once, then forks a process for each file.

Imports take most of the time that the process needs for a small file, and the tests read many. A request is the order
as JSON, with two open files: the file, and the target of the answer. The response is the exit code of the process, or
the negative number of the signal that ended it, and the most memory that it has used, in kilobytes. At the end of the
socket this process ends.
"""

import gc
import importlib
import os
import signal
import socket
import sys

from PIL import Image

from chat.files.prepare import __main__ as program

IMPORTED = ("chat.files.prepare.documents", "chat.files.prepare.pictures", "docx", "pillow_heif", "pypdf")
"""What the process imports as soon as a file needs it."""

REQUEST_BYTES = 1 << 16


def serve(requests: socket.socket) -> None:
    while True:
        order, files, *_ = socket.recv_fds(requests, REQUEST_BYTES, 2)
        if not order:
            return
        child = os.fork()
        if child == 0:
            requests.close()
            run(order.decode(), *files)
        for file in files:
            os.close(file)
        _, status, used = os.wait4(child, 0)
        kilobytes = used.ru_maxrss // (1024 if sys.platform == "darwin" else 1)
        requests.sendall(f"{os.waitstatus_to_exitcode(status)} {kilobytes}".encode())


def run(order: str, file: int, target: int) -> None:
    """Run `python -m chat.files.prepare ORDER` in this process, and end it."""
    code = 1
    try:
        for number, source in enumerate((file, target)):
            os.dup2(source, number)
            os.close(source)
        sys.argv = ["chat.files.prepare", order]
        code = program.main()
    finally:
        os._exit(code)


def main(number: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches pytest, which closes the socket
    for name in IMPORTED:
        importlib.import_module(name)
    Image.init()  # imports a module for each format, when the first picture is encoded
    gc.freeze()
    serve(socket.socket(fileno=number))


if __name__ == "__main__":
    main(int(sys.argv[1]))
