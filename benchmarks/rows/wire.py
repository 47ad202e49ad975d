"""What an event costs on the line to a browser, and the server's processor: as text, and compressed."""

from benchmarks.clock import sleep
from benchmarks.peers.base import Peer
from benchmarks.rows.base import Context, Figure, Measured, Row
from benchmarks.run import Run, following

BROWSERS = 100
EVENTS_PER_S = 500
STEPS = 3  # of `Context.seconds`
SETTLE_S = 0.5


def cost(run: Run, seconds: float) -> tuple[float, float]:
    """Return the bytes per event and browser, and the server's processor time for it in microseconds."""
    bytes_before, cpu_before = settled_bytes(run), run.peer.cpu_s()
    begin = run.publisher.ask(f"rate {EVENTS_PER_S}")
    sleep(seconds)
    end = run.publisher.ask("rate 0")
    bytes_after, cpu_after = settled_bytes(run), run.peer.cpu_s()
    deliveries = (end["n"] - begin["n"]) * BROWSERS
    return (bytes_after - bytes_before) / deliveries, 1e6 * (cpu_after - cpu_before) / deliveries


def settled_bytes(run: Run) -> int:
    """Wait until nothing more arrives, because compressed events cannot be counted; return the bytes received."""
    before, now = -1, run.load.totals()["bytes"]
    while now != before:
        sleep(SETTLE_S)
        before, now = now, run.load.totals()["bytes"]
    return now


def measure(peer: Peer, context: Context) -> Measured:
    with following(peer, BROWSERS) as run:
        plain, plain_cpu = cost(run, STEPS * context.seconds)
    found = {"plain": plain, "plain_cpu": plain_cpu}
    if (wire := peer.follow_compressed()) is not None:
        with following(peer, BROWSERS, wire, opaque=1, record=0) as run:
            compressed, compressed_cpu = cost(run, STEPS * context.seconds)
        found |= {"compressed": compressed, "compressed_cpu": compressed_cpu}
    return found


WHAT = f"of 200 bytes, {EVENTS_PER_S} per second to {BROWSERS} browsers"
FIGURES = (
    Figure("plain", f"An event {WHAT}: on the line", "bytes", "", digits=0),
    Figure("compressed", f"An event {WHAT}: on the line, compressed", "bytes", "", digits=0),
    Figure("plain_cpu", f"An event {WHAT}: processor time of the server", "µs", "", digits=2),
    Figure("compressed_cpu", f"An event {WHAT}: processor time of the server, compressed", "µs", "", digits=2),
)
ROWS = (Row("wire", FIGURES, measure),)
