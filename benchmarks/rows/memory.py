"""What an idle browser costs the server."""

from benchmarks.clock import sleep
from benchmarks.generator.load import Load
from benchmarks.peers.base import Peer
from benchmarks.rows.base import Context, Figure, Measured, Row

BROWSERS = 1000
SETTLE_S = 0.5


def measure(peer: Peer, _: Context) -> Measured:
    with Load(peer.follow(), peer.browsers_port(), 1) as load:
        load.ready()  # what the first one costs belongs to the server
    before = peer.memory_bytes()
    with Load(peer.follow(), peer.browsers_port(), BROWSERS) as load:
        load.ready()
        sleep(SETTLE_S)
        grown = peer.memory_bytes() - before
    return {"memory": grown / BROWSERS / 1000}


FIGURE = Figure("memory", "Memory per idle browser", "kB", "16 kB")
ROWS = (Row("memory", (FIGURE,), measure),)
