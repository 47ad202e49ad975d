"""Whether the store's work depends on the number of entries: 100 compared with 100,000."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.peers import OURS
from benchmarks.peers.base import ROOT, Peer
from benchmarks.peers.stickyboard import environment_in
from benchmarks.processes import SERVER_CORE, start, stop
from benchmarks.rows.base import Context, Figure, Measured, Row

SIZES = (100, 100_000)


def measure(_: Peer, __: Context) -> Measured:
    with tempfile.TemporaryDirectory(prefix="keyspace-") as folder:
        command = [sys.executable, "-m", "benchmarks.store_ticks", *map(str, SIZES)]
        pipes = {"stdout": subprocess.PIPE, "text": True, "env": environment_in(Path(folder))}
        process = start(command, SERVER_CORE, cwd=ROOT, **pipes)
        try:
            return json.loads(process.communicate(timeout=120)[0])
        finally:
            stop(process)


def _figures(size: int) -> tuple[Figure, Figure]:
    target = "independent of size" if size == max(SIZES) else ""
    return (
        Figure(f"apply_{size}", f"A tick of 100 events in a keyspace of {size:,} entries, p50", "ms", target, digits=2),
        Figure(f"since_{size}", f"Reading 1 changed entry of {size:,}, p50", "ms", target, digits=3),
    )


FIGURES = tuple(figure for size in SIZES for figure in _figures(size))
ROWS = (Row("keyspace", FIGURES, measure, peers=(OURS,), needs_server=False),)
