"""Measures rows on peers, round by round, and logs the progress."""

import sys
import time
from collections.abc import Callable, Sequence

from benchmarks.clock import paused_us
from benchmarks.generator.load import LoadFailed
from benchmarks.guarantees import Violation
from benchmarks.peers import OURS, PEERS
from benchmarks.peers.base import Peer, PeerFailed
from benchmarks.results import Cell, Results, number
from benchmarks.rows.base import Context, Row

Make = Callable[[], Peer]


class Session:
    """One run of the harness.

    Args:
        rows: what to measure.
        makers: functions that create each peer, by name; only those that can run here.
        rounds: how often Stickyboard and the peers in a target are measured.
        context: shared by all rounds, so that later ones start near a rate that was found.
    """

    def __init__(self, rows: Sequence[Row], makers: dict[str, Make], rounds: int, context: Context) -> None:
        self.rows, self.makers, self.rounds, self.context = rows, makers, rounds, context
        self.results: Results = {}
        self._begin_s, self._paused_us = time.monotonic(), paused_us()

    def run(self) -> Results:
        """Measure everything.

        Raises:
            Violation: a run of Stickyboard broke a guarantee.
        """
        # Round by round, so that a machine that becomes slower affects all peers.
        for round_number in range(self.rounds):
            for row in self.rows:
                for name in self._peers_of(row, round_number):
                    self._measure(row, name, round_number)
        return self.results

    @property
    def paused_share(self) -> float:
        """The share of the time since the start during which the host paused the machine."""
        return (paused_us() - self._paused_us) / 1e6 / (time.monotonic() - self._begin_s)

    def _peers_of(self, row: Row, round_number: int) -> list[str]:
        can = [name for name in self.makers if name in row.peers or name not in PEERS]
        if round_number == 0:
            return can
        return [name for name in can if name not in PEERS or name == OURS or name in row.is_repeated]

    def _measure(self, row: Row, name: str, round_number: int) -> None:
        cell = self.results.setdefault((row.name, name), Cell())
        begin, paused = time.monotonic(), paused_us()
        log(f"{round_number + 1}/{self.rounds}  {row.name:<12} {name:<34} ", end="")
        try:
            peer = self.makers[name]()
            if row.needs_server:
                with peer:
                    measured = row.measure(peer, self.context)
            else:
                measured = row.measure(peer, self.context)
        except (LoadFailed, PeerFailed, OSError) as error:
            cell.reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            log(f"failed: {cell.reason}")
            return
        took_s = time.monotonic() - begin
        paused_share = (paused_us() - paused) / 1e6 / took_s
        cell.runs.append({**measured, "paused_share": paused_share})
        figures = [f"{number(measured.get(f.name), f.digits)} {f.unit}" for f in row.figures]
        still = f", machine paused for {paused_share:.0%} of it" if paused_share >= 0.01 else ""
        log(f"{', '.join(figures)}  ({took_s:.1f} s{still})")


def log(text: str, end: str = "\n") -> None:
    """Write to standard error without buffering."""
    sys.stderr.write(text + end)
    sys.stderr.flush()


__all__ = ["Session", "Violation", "log"]
