"""A calm dashboard: how long until the last of 100 browsers has an event, at 20 events a second."""

from benchmarks.peers import NATS, OURS
from benchmarks.peers.base import Peer
from benchmarks.rows.base import ALL, Context, Figure, Measured, Row, check, shares
from benchmarks.run import following

BROWSERS = 100
EVENTS_PER_S = 20
STEPS = 3  # of `Context.seconds`


def measure(peer: Peer, context: Context) -> Measured:
    with following(peer, BROWSERS) as run:
        window, _, _ = run.step(EVENTS_PER_S, STEPS * context.seconds)
        used = shares(run)
        check(run, "ticks")
    last = window["last"]
    return {"last_p50": last["p50_us"] / 1000, "last_p99": last["p99_us"] / 1000, **used}


OTHERS = tuple(name for name in ALL if name != OURS)
TITLE = f"Delivery to the last of {BROWSERS} browsers at {EVENTS_PER_S} events/s"
FIGURES = (
    Figure("last_p50", f"{TITLE}, p50", "ms", "the best of them", ratio_to=OTHERS, digits=2),
    Figure("last_p99", f"{TITLE}, p99", "ms", "the best of them", ratio_to=OTHERS, digits=2),
)
ROWS = (Row("last100", FIGURES, measure, is_repeated=NATS),)
