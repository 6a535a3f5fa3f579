"""`python -m bench.curves.probe PORT`: requests /health/live about once a millisecond until its input closes.

Prints "ready" after the first answers, and the seconds of the longest answer at the end.
"""

import http.client
import sys
import threading
import time

FIRST = 20
PAUSE_SECONDS = 0.001


def main() -> None:
    connection, closed = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1])), threading.Event()
    for _ in range(FIRST):
        ask(connection)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    threading.Thread(target=wait_for_end, args=(closed,), daemon=True).start()
    longest = 0.0
    while not closed.is_set():
        longest = max(longest, ask(connection))
        time.sleep(PAUSE_SECONDS)
    sys.stdout.write(f"{longest}\n")


def wait_for_end(closed: threading.Event) -> None:
    sys.stdin.read()
    closed.set()


def ask(connection: http.client.HTTPConnection) -> float:
    """Returns the seconds of one request. Raises `OSError` if the server does not answer."""
    started = time.perf_counter()
    connection.request("GET", "/health/live")
    connection.getresponse().read()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
