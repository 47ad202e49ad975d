"""`python -m benchmarks.floods`: the effect of a client that floods a server on other clients.

Each flood is sent by a process of its own, over connections that it opens anew when they are ended, to a server that
was started by `manage.py serve` and to a bare uvicorn. Counted are the answers of `/livez`, asked for every 20 ms over
one connection, before and during the flood, and the server's memory.
"""

import argparse
import contextlib
import http.client
import multiprocessing
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.support.server import Server

PAUSE_S = 0.02
BOARD = "/ws/board/main/?protocol=2"
MEGABYTE = 1024 * 1024
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
PING, ACK = b"\x89\x80" + bytes(4), b"\x81\x9c" + bytes(4) + b'{"op":"ack","updates":99999}'
FULL_PING = b"\x89\xfd" + bytes(4) + b"x" * 125


def connected(port: int) -> socket.socket:
    one = socket.create_connection(("127.0.0.1", port), timeout=20)
    one.settimeout(1)
    return one


def upgraded(port: int, path: str) -> socket.socket:
    one = connected(port)
    one.sendall(UPGRADE.format(path=path).encode())
    one.recv(1024)
    return one


def send_for(port: int, until: float, opened: Callable[[int], socket.socket], data: bytes, pause_s: float) -> None:
    """Send some data again and again, over connections that are opened anew when they are ended."""
    while time.monotonic() < until:
        with contextlib.suppress(OSError), opened(port) as one:
            while time.monotonic() < until:
                with contextlib.suppress(TimeoutError):
                    one.send(data)
                time.sleep(pause_s)


def hold(port: int, until: float, opened: Callable[[int], socket.socket], data: bytes, number: int) -> None:
    """Open some connections, send each some data, and leave them as they are."""
    with contextlib.ExitStack() as stack:
        for _ in range(number):
            with contextlib.suppress(OSError):
                one = stack.enter_context(opened(port))
                one.sendall(data)
        time.sleep(max(0.0, until - time.monotonic()))


def pings(port: int, until: float) -> None:
    """Empty pings at up to 3 MB/s; the pongs are not read."""
    send_for(port, until, lambda port: upgraded(port, BOARD), PING * 10_000, 0.02)


def full_pings(port: int, until: float) -> None:
    """Pings of 125 bytes; the pongs are not read."""
    send_for(port, until, lambda port: upgraded(port, BOARD), FULL_PING * 2_000, 0.01)


def acks(port: int, until: float) -> None:
    """Messages that the board refuses, sent on after it has closed."""
    send_for(port, until, lambda port: upgraded(port, BOARD), ACK * 2_000, 0.02)


def messages(port: int, until: float) -> None:
    """Twenty unfinished messages of 16 MB."""
    head = b"\x81\xff" + (16_000_000).to_bytes(8, "big") + bytes(4)
    hold(port, until, lambda port: upgraded(port, BOARD), head + bytes(15_900_000), 20)


def half_requests(port: int, until: float) -> None:
    """Three hundred half requests."""
    hold(port, until, connected, b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", 300)


def headers(port: int, until: float) -> None:
    """A header of 60 MB."""
    hold(port, until, connected, b"GET / HTTP/1.1\r\nX: " + b"x" * 60_000_000, 1)


def pipelines(port: int, until: float) -> None:
    """Ten thousand requests in one piece."""
    send_for(port, until, connected, b"GET /none HTTP/1.1\r\nHost: localhost\r\n\r\n" * 10_000, 0.02)


FLOODS = {flood.__name__: flood for flood in (pings, full_pings, acks, messages, half_requests, headers, pipelines)}


class Bare(Server):
    """Started as docs of other projects start theirs."""

    def _command(self) -> list[str]:
        options = ["--port", str(self.port), "--log-level", "critical", "--ws", "websockets-sansio"]
        options += ["--timeout-graceful-shutdown", "2"]
        return [sys.executable, "-m", "uvicorn", *options, "dashboard_project.asgi:application"]


def asked(port: int, for_s: float) -> list[float]:
    """Return how many milliseconds each answer of `/livez` took, sorted; one that does not come counts as it waited."""
    took = []
    until = time.monotonic() + for_s
    while time.monotonic() < until:
        with contextlib.suppress(OSError, http.client.HTTPException):
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            with contextlib.closing(client):
                while time.monotonic() < until:
                    began = time.perf_counter()
                    try:
                        client.request("GET", "/livez")
                        client.getresponse().read()
                    finally:
                        took.append((time.perf_counter() - began) * 1000)
                    time.sleep(PAUSE_S)
    return sorted(took)


@contextlib.contextmanager
def flooded(flood: Callable[[int, float], None], port: int, for_s: float) -> Iterator[None]:
    process = multiprocessing.get_context("spawn").Process(target=flood, args=(port, time.monotonic() + for_s + 1))
    process.start()
    time.sleep(1)  # it imports, and opens its first connections
    try:
        yield
    finally:
        process.join(for_s + 60)
        if process.is_alive():
            process.kill()


def p99(took: list[float]) -> float:
    return took[int(len(took) * 0.99)] if took else float("inf")


def measure(kind: type[Server], name: str, for_s: float) -> str:
    """Return a line of the table: one fresh server, quiet and then flooded."""
    with tempfile.TemporaryDirectory() as folder, kind(Path(folder)) as server:
        quiet = asked(server.port, for_s)
        before = server.memory_bytes()
        with flooded(FLOODS[name], server.port, for_s):
            busy = asked(server.port, for_s)
            during = server.memory_bytes()
        lines = server.log.read_text().count("\n")
    grown = (during - before) / MEGABYTE
    label = "bare uvicorn" if kind is Bare else "manage.py serve"
    return f"| {name} | {label} | {p99(quiet):.1f} | {p99(busy):.1f} | {busy[-1]:.0f} | {grown:.1f} | {lines} |"


def main() -> None:
    """Flood servers one after the other, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.floods", description=__doc__)
    parser.add_argument("--floods", default=",".join(FLOODS), help="Which, comma-separated.")
    parser.add_argument("--seconds", type=float, default=6, help="For how long each server is asked, twice.")
    parser.add_argument("--bare", action=argparse.BooleanOptionalAction, default=True, help="A bare uvicorn, too.")
    options = parser.parse_args()
    print("| flood | server | p99 before, ms | p99 during, ms | longest, ms | memory grew, MB | lines logged |")
    print("|---|---|---|---|---|---|---|")
    for name in options.floods.split(","):
        for kind in (Bare, Server) if options.bare else (Server,):
            print(measure(kind, name, options.seconds), flush=True)


if __name__ == "__main__":
    main()
