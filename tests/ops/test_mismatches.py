"""Reports of clients that differ: counted by board, logged rarely, and never a way into the log."""

import json

import pytest

from broadcast.ops.counters import Meters
from broadcast.ops.mismatches import LOG_EVERY_S, Mismatch, Mismatches, read_mismatch

NAMES = ("laned", "keyed")


def text(**changes: object) -> str:
    return json.dumps({"op": "mismatch", "type": "laned", "expected": "0000000a", "found": "9f2c0001", **changes})


def test_it_reads_a_report():
    assert read_mismatch(text(later="ignored"), NAMES) == Mismatch("mismatch", "laned", "0000000a", "9f2c0001")


@pytest.mark.parametrize(
    "report",
    [
        text(op="ack"),
        text(type="of another board"),
        text(type=["laned"]),
        text(found="9f2c0001\n"),
        text(found="9F2C0001"),
        text(expected="0" * 9),
        text(expected=7),
        text(padding="x" * 1000),
        "[" * 900,
        '{"op":"mismatch"}',
        "",
    ],
)
def test_another_form_is_none(report):
    assert read_mismatch(report, NAMES) is None


def test_a_flood_is_counted_and_logged_once_a_minute(caplog):
    meters, now = Meters(), [0.0]
    mismatches = Mismatches(meters, lambda: now[0])
    for _ in range(1000):
        mismatches.add("main", Mismatch("mismatch", "laned", "0000000a", "9f2c0001"))
    mismatches.add("other", Mismatch("mismatch", "keyed", "0000000a", "9f2c0001"))
    assert [record.getMessage().split(";")[0].split(" (")[0].rpartition("board ")[2] for record in caplog.records] == [
        "main has other entries of laned than this process",
        "other has other entries of keyed than this process",
    ]
    assert all(digest in caplog.text for digest in ("0000000a", "9f2c0001"))
    now[0] = LOG_EVERY_S
    mismatches.add("main", Mismatch("mismatch", "laned", "0000000a", "9f2c0001"))
    assert len(caplog.records) == 3
    assert meters.snapshot()["mismatches"] == {"main": 1001, "other": 1}
