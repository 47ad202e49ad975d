"""What a row is: one thing that is measured, on every peer that can do it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.guarantees import check_samples
from benchmarks.peers import OURS, PEERS
from benchmarks.peers.base import Peer
from benchmarks.run import Run

ALL = tuple(PEERS)


@dataclass(frozen=True)
class Figure:
    """One number that a row yields.

    Args:
        name: its key in the result of `measure`.
        title: what people read.
        unit: of the number.
        target: what is wanted, as it was stated.
        is_higher_better: whether more is better.
        ratio_to: the peers of which the best is what ours is divided by; empty where there is no ratio.
        digits: after the point.
    """

    name: str
    title: str
    unit: str
    target: str
    is_higher_better: bool = False
    ratio_to: tuple[str, ...] = ()
    digits: int = 1


@dataclass
class Context:
    """What a measurement may know: how long a step is, and what was found before."""

    seconds: float = 0.8
    known: dict[tuple[str, str], float] = field(default_factory=dict)


Measured = dict[str, Any]  # the figures by name, and `server`, `generator`: shares of their cores


@dataclass(frozen=True)
class Row:
    """One thing that is measured.

    Args:
        name: for `--rows`.
        figures: what it yields.
        measure: measures one started server once.
        peers: who can do it.
        is_repeated: which peers are measured as often as ours, as a target speaks of them.
        needs_server: whether the peer is started first.
    """

    name: str
    figures: tuple[Figure, ...]
    measure: Callable[[Peer, Context], Measured]
    peers: tuple[str, ...] = ALL
    is_repeated: tuple[str, ...] = ()
    needs_server: bool = True


def check(run: Run, board: str) -> None:
    """Wait until all is delivered, end the run, and check what was recorded of Stickyboard.

    Raises:
        Violation: a promise was broken, so there are no figures.
    """
    reached = run.drain()
    run.load.finish()
    if run.samples is not None:
        run.checked = check_samples(run.samples, reached["n"], run.peer.state_of(board))


def shares(run: Run) -> Measured:
    """Return what each side used of its core in the last step."""
    return {name: run.facts[name] for name in ("server", "generator") if name in run.facts}


__all__ = ["ALL", "OURS", "Context", "Figure", "Measured", "Row", "check", "shares"]
