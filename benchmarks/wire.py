"""`python -m benchmarks.wire`: what compressing frames saves on the line, and what it costs.

A real server, fed by the demo's producers, is watched at once by two browsers, one of which takes compressed frames;
counted is what comes over their connections. Then the frames are compressed again as uvicorn does it, for the time
that takes, and browsers that only watch are opened by the hundred, for the memory. Prints a table in Markdown.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
import zlib
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from websockets.asyncio.client import ClientConnection, connect

from tests.server import ROOT, Server

WATCHED_S = 40.0
IDLE = 200
NEEDED_BYTES = 50_000  # of state, before anything is measured
WINDOW_BITS, MEMORY_LEVEL = 12, 5  # uvicorn's


class CountingConnection(ClientConnection):
    """Counts what comes from the server, before it is unpacked."""

    received_bytes = 0

    def data_received(self, data: bytes) -> None:
        self.received_bytes += len(data)
        super().data_received(data)


@dataclass
class Seen:
    """What one browser was sent: bytes of the first frame, of what came after it, and these frames."""

    first_bytes: int = 0
    later_bytes: int = 0
    frames: list[bytes] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--watched-s", type=float, default=WATCHED_S, help="seconds for which browsers watch")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder)) as server:
        plain, packed = watch_beside_producers(server, options.watched_s)
        per_frame_us = time_of_packing(plain.frames)
        memory = [asyncio.run(memory_of_idle(server, compression)) for compression in (None, "deflate")]
    print(f"{len(plain.frames)} frames within {options.watched_s:.0f} s\n\n| | plain | compressed |\n|---|---|---|")
    print(f"| first frame | {plain.first_bytes / 1000:,.1f} kB | {packed.first_bytes / 1000:,.1f} kB |")
    rates = [seen.later_bytes / options.watched_s / 1000 for seen in (plain, packed)]
    print(f"| then, in a second | {rates[0]:,.1f} kB | {rates[1]:,.1f} kB |")
    print(f"| compressing a frame | none | {per_frame_us:.0f} µs |")
    print(f"| memory of a browser that watches | {memory[0] / 1000:.0f} kB | {memory[1] / 1000:.0f} kB |")


def watch_beside_producers(server: Server, watched_s: float) -> tuple[Seen, Seen]:
    """Return what a plain browser and one that takes compressed frames saw of the demo."""
    command = [sys.executable, str(ROOT / "manage.py"), "run_demo_producers", "--url", server.http]
    environment = {**server.environment, "STICKYBOARD_TOKEN": server.token, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as producers:
        try:
            return asyncio.run(_watch_both(server, watched_s))
        finally:
            producers.terminate()


async def _watch_both(server: Server, watched_s: float) -> tuple[Seen, Seen]:
    while (await watch(server, None, 0.5)).first_bytes < NEEDED_BYTES:
        pass
    plain, packed = await asyncio.gather(watch(server, None, watched_s), watch(server, "deflate", watched_s))
    return plain, packed


async def watch(server: Server, compression: str | None, watched_s: float) -> Seen:
    """Take frames for so long, and acknowledge each."""
    seen, taken = Seen(), 0
    async with AsyncExitStack() as stack:
        socket = await open_socket(server, compression, stack)
        try:
            async with asyncio.timeout(watched_s):
                while True:
                    text = await socket.recv()
                    if json.loads(text)["op"] != "frame":
                        continue
                    taken += 1
                    await socket.send(json.dumps({"op": "ack", "frames": taken}))
                    if taken == 1:
                        seen.first_bytes = socket.received_bytes
                    else:
                        seen.frames.append(text.encode())
        except TimeoutError:
            seen.later_bytes = socket.received_bytes - seen.first_bytes
    return seen


async def open_socket(server: Server, compression: str | None, stack: AsyncExitStack) -> CountingConnection:
    opening = connect(
        f"{server.websocket}/ws/board/main/",
        origin=server.http,
        compression=compression,
        max_size=None,
        create_connection=CountingConnection,
    )
    return await stack.enter_async_context(opening)


def time_of_packing(frames: list[bytes]) -> float:
    """Return how long one frame takes to compress for one browser, in microseconds."""
    packer = zlib.compressobj(wbits=-WINDOW_BITS, memLevel=MEMORY_LEVEL)
    began = time.process_time()
    for frame in frames:
        packer.compress(frame)
        packer.flush(zlib.Z_SYNC_FLUSH)
    return 1e6 * (time.process_time() - began) / len(frames)


async def memory_of_idle(server: Server, compression: str | None) -> float:
    """Return by how many bytes the server grew for each browser that was shown the board and then watches."""
    before = server.memory_bytes()
    async with AsyncExitStack() as stack:
        for _ in range(IDLE):
            socket = await open_socket(server, compression, stack)
            while json.loads(await socket.recv())["op"] != "frame":
                pass
            await socket.send(json.dumps({"op": "ack", "frames": 1}))
        return (server.memory_bytes() - before) / IDLE


if __name__ == "__main__":
    main()
