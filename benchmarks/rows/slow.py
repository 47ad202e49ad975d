"""A browser in a tunnel: it reads 20 kB/s while 500 events/s arrive."""

from benchmarks.peers import OURS
from benchmarks.peers.base import Peer
from benchmarks.rows.base import Context, Figure, Measured, Row, check, shares
from benchmarks.run import following

READ_BYTES_PER_S = 20_000
RECEIVE_BUFFER = 16_384
EVENTS_PER_S = 500
STEPS = 10  # of `Context.seconds`
MEGABYTE = 1e6


def measure(peer: Peer, context: Context) -> Measured:
    options = {"mode": "slow", "read-bytes-per-s": READ_BYTES_PER_S, "receive-buffer": RECEIVE_BUFFER, "skip": 0}
    wire = peer.follow_board("live") if peer.name == OURS else peer.follow()
    with following(peer, 1, wire, ("live_detection", "gauge"), folded=1, keys=1, **options) as run:
        run.step(EVENTS_PER_S, context.seconds)  # rings fill, buffers are made
        before = peer.memory_bytes()
        window, _, _ = run.step(EVENTS_PER_S, STEPS * context.seconds)
        grown = peer.memory_bytes() - before
        used = shares(run)
        if peer.name == OURS:
            check(run, "live")
    return {"slow_age": window["age"]["p99_us"] / 1e6, "slow_growth": grown / MEGABYTE, **used}


WHAT = f"A browser that reads 20 kB/s at {EVENTS_PER_S} events/s"
FIGURES = (
    Figure("slow_age", f"{WHAT}: age of its newest value, p99", "s", "under 2 s", digits=2),
    Figure("slow_growth", f"{WHAT}: growth of the server's memory", "MB", "no growth"),
)
ROWS = (Row("slow", FIGURES, measure, peers=(OURS, "NATS ws", "Mosquitto", "Socket.IO")),)
