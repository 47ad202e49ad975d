"""What a process counts of itself, and what becomes of it in Prometheus' words."""

import asyncio
from contextlib import ExitStack

import pytest

from broadcast.ops.connections import BROWSER, PRODUCER, Connections
from broadcast.ops.counters import SECONDS, Histogram, Meters
from broadcast.ops.prometheus import exposition
from broadcast.types import Cursor, KeyspaceStats
from tests.support.counting import Socket, report, samples


@pytest.mark.parametrize(("took_s", "place"), [(0.0, 0), (0.001, 0), (0.0011, 1), (5.0, 11), (5.1, 12)])
def test_a_duration_counts_where_it_is_at_most_the_bound(took_s, place):
    histogram = Histogram()
    histogram.observe(took_s)
    assert histogram.counts.index(1) == place
    assert len(histogram.counts) == len(SECONDS) + 1


def test_prometheus_gets_cumulative_buckets():
    meters = Meters()
    for took_s in (0.0005, 0.002, 60):
        meters.ack.observe(took_s)
    counted = samples(exposition([report(meters)], {}, {}))
    assert counted["stickyboard_ack_seconds_bucket", "0.001"] == 1
    assert counted["stickyboard_ack_seconds_bucket", "0.0025"] == 2
    assert counted["stickyboard_ack_seconds_bucket", "5.0"] == 2
    assert counted["stickyboard_ack_seconds_bucket", "+Inf"] == counted[("stickyboard_ack_seconds_count",)] == 3
    assert counted[("stickyboard_ack_seconds_sum",)] == pytest.approx(60.0025)


def test_prometheus_gets_every_process_by_name():
    meters = Meters()
    meters.count_batch("a", 5, 2)
    text = exposition([report(meters), report(meters, process="lab:8")], {}, {}).decode()
    for process in ("lab:7", "lab:8"):
        assert f'stickyboard_events_total{{outcome="accepted",process="{process}",type="a"}} 3.0' in text
        assert f'stickyboard_events_total{{outcome="policy_failed",process="{process}",type="a"}} 2.0' in text


def test_prometheus_gets_the_size_of_public_keyspaces_only():
    stats = {"a": KeyspaceStats(2, 1, 30, 4, 9.0, "7:x"), "_own": KeyspaceStats(1, 1, 1, 1, 1.0, "")}
    counted = samples(exposition([], {"a": Cursor("e", 12), "_own": Cursor("e", 1)}, stats))
    assert counted == {
        ("stickyboard_keyspace_entries", "a"): 2,
        ("stickyboard_keyspace_lanes", "a"): 1,
        ("stickyboard_keyspace_bytes", "a"): 30,
        ("stickyboard_keyspace_changed_time_seconds", "a"): 9,
        ("stickyboard_evictions_total", "a"): 4,
        ("stickyboard_keyspace_revision", "a"): 12,
    }


def test_a_keyspace_first_written_during_a_scrape_is_included():
    counted = samples(exposition([], {}, {"new": KeyspaceStats(1, 1, 40, 0, 9.0, "")}))
    assert counted["stickyboard_keyspace_entries", "new"] == 1
    assert ("stickyboard_keyspace_revision", "new") not in counted


def test_sent_updates_count_during_and_after_a_connection():
    meters = Meters()
    connections = Connections(meters)
    with connections.open(BROWSER, {}, Socket(updates_sent=4)):
        assert connections.snapshot(5)["updates"] == 4
    with connections.open(BROWSER, {}, Socket(updates_sent=3)):
        counted = samples(exposition([report(meters, connections)], {}, {}))
    assert counted[("stickyboard_updates_sent_total",)] == 7
    assert counted[("stickyboard_update_bytes_sent_total",)] == 70
    assert counted["stickyboard_browsers", "main"] == 1
    assert counted["stickyboard_connections_opened_total", "browser"] == 2


def test_lagging_browsers_are_counted_by_board():
    connections = Connections(Meters())
    late, other = Socket("main"), Socket("side")
    late.is_lagging = True
    with connections.open(BROWSER, {}, late), connections.open(BROWSER, {}, other):
        read = connections.snapshot(5)
    assert (read["browsers"], read["lagging"]) == ({"main": 1, "side": 1}, {"main": 1})


def test_a_connection_says_where_it_comes_from():
    scope = {"client": ("192.0.2.7", 4711), "headers": [(b"User-Agent", b"x" * 500)]}
    connections = Connections(Meters(), clock=lambda: 5.0)
    with connections.open(PRODUCER, scope, Socket()) as peer:
        facts = connections.snapshot(5)["listed"][PRODUCER][0]
    assert facts == {"id": peer.id, "address": "192.0.2.7:4711", "agent": "x" * 120, "since": 5.0, "board": "main"}
    assert len(connections) == 0


def test_the_newest_connections_are_shown_and_all_are_counted():
    connections = Connections(Meters())
    with connections.open(BROWSER, {}, Socket()), connections.open(BROWSER, {}, Socket()) as newest:
        read = connections.snapshot(1)
    assert [facts["id"] for facts in read["listed"][BROWSER]] == [newest.id]
    assert read["browsers"] == {"main": 2}


def test_one_connection_is_ended_by_its_name():
    connections = Connections(Meters())
    one, other = Socket(), Socket()
    with connections.open(BROWSER, {}, one) as peer, connections.open(PRODUCER, {}, other):
        assert connections.end(peer.id, 4410, "why")
        assert not connections.end("nobody", 4410, "why")
    assert (one.ended, other.ended) == ([(4410, "why")], [])


async def test_a_search_yields_to_other_tasks_and_stops_at_its_limit():
    connections = Connections(Meters())
    with ExitStack() as stack:
        opened = [stack.enter_context(connections.open(BROWSER, {}, Socket(f"wall-{n % 2}"))) for n in range(2_000)]
        ran: list[int] = []

        async def others() -> None:
            while True:
                ran.append(1)
                await asyncio.sleep(0)

        beside = asyncio.create_task(others())
        found = await connections.find("WALL-1", 900)
        beside.cancel()
        assert found == [peer.id for peer in reversed(opened) if peer.socket.board == "wall-1"][:900]
        assert len(ran) >= 3
        assert await connections.find("nobody", 900) == []
