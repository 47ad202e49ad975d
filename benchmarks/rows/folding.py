"""Values that fold: how many updates a second may come while every browser's picture stays young."""

from benchmarks.peers import OURS
from benchmarks.peers.base import Peer
from benchmarks.publishers.events import GAUGE_KEYS
from benchmarks.rows.base import Context, Figure, Measured, Row, check
from benchmarks.run import ALMOST, Run, following
from benchmarks.search import Step, find_sustained

YOUNG_US = 100_000
FIRST_RATE = 20_000.0
WARM_S = 0.2


def keep_young(run: Run, rate: float, seconds: float) -> Step:
    """Update at a rate, and determine whether 99 % of the displayed values were young at all times."""
    run.step(rate, WARM_S)  # after a pause every picture is old until it is touched
    window, published, held_s = run.step(rate, seconds)
    age_us = window["age"]["p99_us"]
    is_young = 0 <= age_us < YOUNG_US and not window["closed"] and published >= ALMOST * rate * held_s
    if not is_young:
        run.drain()
    return Step(rate, is_young, published / held_s, {**run.facts, "age_p99_us": age_us})


def folding(browsers: int) -> Row:
    """Return the row for so many browsers."""
    name = f"folding{browsers}"

    def measure(peer: Peer, context: Context) -> Measured:
        known = context.known.get((name, peer.name))
        options = {"keys": GAUGE_KEYS, "folded": 1, "skip": 0}
        with following(peer, browsers, peer.follow_board("gauges"), ("gauge",), **options) as run:
            step = find_sustained(
                lambda rate, seconds: keep_young(run, rate, seconds),
                known or FIRST_RATE,
                is_start_known=known is not None,
                seconds=context.seconds,
            )
            check(run, "gauges")
        if step is None:
            return {name: 0.0}
        context.known[name, peer.name] = step.rate
        return {name: step.figure, **step.details}

    title = f"Updates of {GAUGE_KEYS} keys, {browsers:,} browsers, pictures younger than 100 ms (p99)"
    target = "100,000 updates/s" if browsers == 1000 else ""
    figure = Figure(name, title, "updates/s", target, is_higher_better=True, digits=0)
    return Row(name, (figure,), measure, peers=(OURS,))


ROWS = (folding(1000), folding(200))
