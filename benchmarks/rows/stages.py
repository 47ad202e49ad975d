"""Where an event's time goes on its way to the last of 100 browsers, at 20 events a second."""

import json
import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.dashboard.stages import VARIABLE
from benchmarks.peers import OURS
from benchmarks.peers.base import Peer
from benchmarks.peers.stickyboard import Stickyboard, environment_in
from benchmarks.rows.base import Context, Figure, Measured, Row, check
from benchmarks.rows.last_of_many import BROWSERS, EVENTS_PER_S
from benchmarks.run import following

STEPS = 5  # of `Context.seconds`
STAGES = (
    ("published", "read", "client, until the server has read it"),
    ("read", "flush", "until its tick begins"),
    ("flush", "writer", "until the store's writer has it"),
    ("writer", "applied", "the transaction"),
    ("applied", "committed", "its commit"),
    ("committed", "returned", "until the event loop has it again"),
    ("returned", "first_send", "encoding, until the first send"),
    ("first_send", "last_send", f"{BROWSERS} sends"),
)
TITLE = f"One event to {BROWSERS} browsers, p50 of"


class Staged(Stickyboard):
    """Stickyboard with stages noted in a file of its folder."""

    def environment(self, folder: Path) -> dict[str, str]:
        return {**environment_in(folder), VARIABLE: str(folder / "stages")}


def measure(peer: Peer, context: Context) -> Measured:
    with Staged(peer.server) as staged, following(staged, BROWSERS) as run:
        window, _, _ = run.step(EVENTS_PER_S, STEPS * context.seconds)
        check(run, "ticks")
        noted = [json.loads(line) for line in (staged.folder / "stages").read_text().splitlines()]
    sent_us = _median(noted, "published", "last_send")
    return {
        **{f"stage_{end}": _median(noted, begin, end) / 1000 for begin, end, _ in STAGES},
        "stage_received": (window["last"]["p50_us"] - sent_us) / 1000,
        "stage_acknowledged": _median(noted, "published", "acknowledged") / 1000,
    }


def _median(noted: Sequence[dict[str, int]], begin: str, end: str) -> float:
    return statistics.median(each[end] - each[begin] for each in noted if begin in each and end in each)


FIGURES = (
    *(Figure(f"stage_{end}", f"{TITLE}: {what}", "ms", "", digits=2) for _, end, what in STAGES),
    Figure("stage_received", f"{TITLE}: until the last browser has it", "ms", "", digits=2),
    Figure("stage_acknowledged", "One event, until its producer is sent the acknowledgement, p50", "ms", "", digits=2),
)
ROWS = (Row("stages", FIGURES, measure, peers=(OURS,), needs_server=False),)
