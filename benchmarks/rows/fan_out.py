"""Distinct events to many browsers: the highest rate that reaches all of them in time."""

from benchmarks.peers import NATS
from benchmarks.peers.base import Peer
from benchmarks.rows.base import Context, Figure, Measured, Row, check
from benchmarks.run import following
from benchmarks.search import find_sustained

FIRST_RATE = 200.0  # events a second; doubled until it does not hold, or halved until it does


def fan_out(browsers: int, target: str) -> Row:
    """Return the row for so many browsers."""
    name = f"fanout{browsers}"

    def measure(peer: Peer, context: Context) -> Measured:
        known = context.known.get((name, peer.name))
        with following(peer, browsers) as run:
            step = find_sustained(
                run.measure, known or FIRST_RATE, is_start_known=known is not None, seconds=context.seconds
            )
            check(run, "ticks")
        if step is None:
            return {name: 0.0}
        context.known[name, peer.name] = step.rate
        return {name: step.figure, **step.details}

    title = f"Fan-out to {browsers:,} browsers, distinct events of 200 bytes, sustained"
    figure = Figure(name, title, "deliveries/s", target, is_higher_better=True, ratio_to=NATS, digits=0)
    return Row(name, (figure,), measure, is_repeated=NATS)


ROWS = (fan_out(200, "1.1 x NATS"), fan_out(1000, "3 x NATS"))
