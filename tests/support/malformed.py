"""Requests and frames, changed at random. `python -m tests.support.malformed 30000` sends many.

Random, but the same for the same number, so that an input which fails can be sent again.
"""

import contextlib
import random
import socket
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.support.server import Server
from tests.support.server_protocols import frame

PATHS = (
    "/", "/login/", "/admin/", "/admin/login/", "/api/events", "/api/state/main", "/api/state/main?cursor=a:b:1",
    "/b/main/", "/b/%00/", "/docs/events/", "/healthz", "/livez", "/readyz", "/metrics",
    "/static/stickyboard/page/main.js",
    "/static/../../etc/passwd", "/static/%2e%2e/%2e%2e/etc/passwd", "/style/board.css", "/ws/produce/",
    "/ws/board/main/",
    "//", "/%", "/%ff%fe", "/%0d%0aX:y", "/?a=%", "*", "http://localhost/", "http://[::1/", "/api/state/%F0%9F%98%80",
)  # fmt: skip
METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PRI", "get", "M-SEARCH")
HEADERS = (
    "Origin: http://localhost", "Origin: null", "Origin: http://[", "Origin: \xff", "Host: [", "Host: a b", "Host: ",
    "Host: localhost:99999", "Host: evil.example", "Cookie: sessionid=x; csrftoken=\xff", "Cookie: ===;;;",
    "Authorization: Bearer x", "Authorization: Bearer \xff", "Authorization: ", "Content-Type: application/json",
    "Content-Type: application/x-www-form-urlencoded", "Content-Type: multipart/form-data", "Content-Length: 5",
    "Content-Type: multipart/form-data; boundary=x", "Content-Type: text/html; charset=none", "Content-Length: -1",
    "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip, chunked",
    "Content-Encoding: gzip", "Content-Encoding: deflate", "Expect: 100-continue", "Connection: close",
    "Connection: Upgrade", "Upgrade: h2c", "Upgrade: websocket", "Range: bytes=9999999999-", "Range: bytes=x",
    "If-None-Match: \"", "If-Modified-Since: never", "Accept-Encoding: gzip;q=x", "Accept-Language: \xff", "X: \x00",
    "X-Forwarded-For: x, y, [", "X-Forwarded-For: ::::1", "X-Forwarded-Proto: \xff", "X-Forwarded-For: 1.2.3.4\xff",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: \xff, ,",
    "Sec-WebSocket-Extensions: permessage-deflate; x=y", "Transfer-Encoding : chunked", " folded: x", "no colon",
)  # fmt: skip
BODIES = (
    b"", b"a=1", b"&".join(b"f%d=1" % number for number in range(1001)), b"%ff=%fe&a=\x00", b"{}", b"[" * 5000,
    b'{"type":"model_metric"}', b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n", b"--x\r\n\r\n--x--",
    b"--x\r\nContent-Disposition: form-data; name=a; filename=\"../x\"\r\n\r\nz\r\n--x--\r\n", b"\x1f\x8b\x08",
    b"\xff" * 100,
    b"--x\r\n" + b"A: b\r\n" * 500 + b"\r\n--x--", b"5\r\nhello\r\n0\r\n\r\n", b"ffffffffffffffffff\r\n", b"-1\r\n\r\n",
    b"csrfmiddlewaretoken=x&username=" + b"u" * 3000 + b"&password=\x00",
)  # fmt: skip
ACKS = (
    b"",
    b"{}",
    b'{"op":"ack","updates":1}',
    b"[" * 3000,
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"null",
    b"y" * 20_000,
    b'"\\ud800"',
)
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{more}\r\n"
)


def malformed(number: int) -> bytes:
    """Return random input for one connection."""
    rng = random.Random(number)
    whole = _frames(rng) if rng.random() < 0.4 else _request(rng)
    for _ in range(rng.choice((0, 0, 0, 1, 1, 3, 20))):
        whole = rng.choice(CHANGES)(rng, whole)
    return whole


def _request(rng: random.Random) -> bytes:
    lines = [
        f"{rng.choice(METHODS) if rng.random() < 0.3 else rng.choice(('GET', 'POST'))} {rng.choice(PATHS)} HTTP/1.1"
    ]
    if rng.random() < 0.8:
        lines.append("Host: localhost")
    lines += rng.choices(HEADERS, k=rng.choice((0, 0, 1, 2, 5)))
    body = rng.choice(BODIES)
    if rng.random() < 0.6:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def _frames(rng: random.Random) -> bytes:
    path = rng.choice(
        (
            "/ws/board/main/?protocol=2",
            "/ws/board/main/?protocol=2&cursor=%ff",
            "/ws/produce/",
            "/ws/board/%00/",
            "/ws/none/",
        )
    )
    more = "".join(f"{line}\r\n" for line in rng.choices(HEADERS, k=rng.choice((0, 0, 0, 1))))
    frames = [
        frame(
            rng.choice((0, 1, 1, 1, 2, 3, 8, 9, 10, 15)),
            rng.choice(ACKS)[: rng.choice((2, 125, 99_999))],
            is_final=rng.random() < 0.8,
        )
        for _ in range(rng.randrange(6))
    ]
    return UPGRADE.format(path=path, more=more).encode("latin-1") + b"".join(frames)


def _flip(rng: random.Random, data: bytes) -> bytes:
    if not data:
        return data
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << rng.randrange(8))]) + data[at + 1 :]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _insert(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice((b"\x00", b"\r\n", b"\n", b"\xff", b" ", rng.randbytes(8), b"x" * 9000)) + data[at:]


def _drop(rng: random.Random, data: bytes) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + data[at + rng.randrange(40) :]


def _twice(rng: random.Random, data: bytes) -> bytes:
    return data + data if len(data) < 50_000 else data


CHANGES = (_flip, _flip, _cut, _insert, _drop, _twice)


def send(port: int, data: bytes, patience_s: float = 0.3) -> bytes:
    """Send what is malformed, and return the answer, as far as it comes within the patience after the last of it.

    A WebSocket's frames are sent once the handshake is answered.
    """
    head, end, frames = data.partition(b"\r\n\r\n")
    waits = b"pgrade: websocket" in head and end
    answer = b""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=60) as one:
        one.settimeout(patience_s)
        one.sendall(head + end if waits else data)
        if waits:
            answer += one.recv(65_536)
            one.sendall(frames)
        while more := one.recv(65_536):
            answer += more
    return answer


def send_all(port: int, numbers: Iterable[int], at_once: int = 32) -> Iterator[tuple[int, bytes]]:
    """Yield each number with the answer to what is malformed by it."""
    with ThreadPoolExecutor(at_once) as pool:
        yield from pool.map(lambda number: (number, send(port, malformed(number))), numbers)


def status(answer: bytes) -> str:
    """Return the status of an answer, "none" where there is none."""
    return answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/1.") else "none"


def main() -> None:
    """Send `count` inputs, and print the outcomes."""
    first, count = int(sys.argv[2]) if len(sys.argv) > 2 else 0, int(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        seen: Counter[str] = Counter()
        for number, answer in send_all(server.port, range(first, first + count)):
            seen[status(answer)] += 1
            if status(answer) == "500":
                print(number, malformed(number)[:300])
        log = server.log.read_text()
        print(dict(seen), f"{log.count(chr(10))} lines, {log.count('Traceback')} tracebacks")
        print(log[-6000:])


if __name__ == "__main__":
    main()
