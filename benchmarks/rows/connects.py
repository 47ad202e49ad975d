"""Browsers that come: one to a full state, and 500 at once."""

from benchmarks.generator.load import Load
from benchmarks.peers import NATS
from benchmarks.peers.base import Peer
from benchmarks.rows.base import Context, Figure, Measured, Row
from benchmarks.state import ENTRIES

CONNECTS, FIRST = 40, 4
SLOW_US = 200_000  # who takes longer is measured with the first few
HERD = 500


def cold_connect(peer: Peer, _: Context) -> Measured:
    peer.load_state()
    for connects in (FIRST, CONNECTS):
        with Load(peer.follow_state(), peer.browsers_port(), connects, {"mode": "cold"}) as load:
            answer = load.cold()
        if answer["whole_state"]["p50_us"] > SLOW_US:
            break
    times = answer["whole_state"]
    return {"cold_p50": times["p50_us"] / 1000, "cold_p99": times["p99_us"] / 1000, "bytes": answer["bytes_each"]}


def herd(peer: Peer, _: Context) -> Measured:
    peer.load_state()
    with Load(peer.follow_state(), peer.browsers_port(), HERD, {"at-once": HERD}) as load:
        answer = load.ready()
    return {"herd": answer["took_us"] / 1e6}


STATE = f"whole state of {ENTRIES} entries"
ROWS = (
    Row(
        "cold",
        (
            Figure("cold_p50", f"Cold connect to the {STATE}, p50", "ms", "0.5 x NATS", ratio_to=NATS, digits=2),
            Figure("cold_p99", f"Cold connect to the {STATE}, p99", "ms", "", ratio_to=NATS, digits=2),
        ),
        cold_connect,
        is_repeated=NATS,
    ),
    Row(
        "herd500",
        (
            Figure(
                "herd", f"{HERD} browsers at once, all have the {STATE}", "s", "0.25 x NATS", ratio_to=NATS, digits=2
            ),
        ),
        herd,
        is_repeated=NATS,
    ),
)
