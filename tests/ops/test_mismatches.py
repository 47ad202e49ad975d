"""Reports of clients that differ: counted by board, and logged rarely."""

from broadcast.ops.counters import Meters
from broadcast.ops.mismatches import LOG_EVERY_S, Mismatches

DIGESTS = ("0000000a", "9f2c0001")


def test_a_flood_is_counted_and_logged_once_a_minute(caplog):
    meters, now = Meters(), [0.0]
    mismatches = Mismatches(meters, lambda: now[0])
    for _ in range(1000):
        mismatches.add("main", "laned", *DIGESTS)
    mismatches.add("other", "keyed", *DIGESTS)
    assert [record.getMessage().split(";")[0].split(" (")[0].rpartition("board ")[2] for record in caplog.records] == [
        "main has other entries of laned than this process",
        "other has other entries of keyed than this process",
    ]
    assert "digest 9f2c0001, expected 0000000a" in caplog.text
    now[0] = LOG_EVERY_S
    mismatches.add("main", "laned", *DIGESTS)
    assert len(caplog.records) == 3
    assert meters.snapshot()["mismatches"] == {"main": 1001, "other": 1}
