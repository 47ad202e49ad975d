"""What every store reports to operators: statistics, pages and broken invariants."""

from broadcast.ops.integrity import broken_invariants
from broadcast.types import Bounds, KeyspaceStats, Write
from tests.support.store_writes import put, value


def test_stats_count_entries_lanes_bytes_and_evictions(store):
    store.clock = lambda: 1000.0
    bounds = Bounds(per_lane=2, max_lanes=2)
    put(store, *(value(None, 10 + n, lane=f"l{n % 3}", producer=f"7:p{n}") for n in range(9)), bounds=bounds)

    assert store.stats()["k"] == KeyspaceStats(4, 2, 8, 5, 1000.0, "7:p8")


def test_stats_say_who_sent_the_newest_change_and_when(store):
    now = [1000.0]
    store.clock = lambda: now[0]
    put(store, value("a", 1, producer="7:p"), value("b", 2, producer="8:q", seq=1))
    assert (store.stats()["k"].changed_at, store.stats()["k"].changed_by) == (1000.0, "8:q")
    now[0] = 1001.0
    put(store, value("b", 2, producer="8:q", seq=1))  # a repeat changes nothing
    assert store.stats()["k"].changed_at == 1000.0
    put(store, Write("a"))
    assert (store.stats()["k"].changed_at, store.stats()["k"].changed_by) == (1001.0, "")


def test_stats_count_evictions_beyond_a_clearing(store):
    put(store, *(value(name, 1) for name in "abc"), bounds=Bounds(max_keys=2))
    store.reset("k")

    assert store.stats()["k"][:4] == (0, 0, 0, 1)


def test_stats_count_bytes_of_utf8(store):
    put(store, Write("a", value='"é"'))

    assert store.stats()["k"].size_bytes == 4


def test_a_page_has_the_newest_first_and_the_total(store):
    put(store, *(value(name, n) for n, name in enumerate("abcde")))
    put(store, value("b", 9), Write("e"))

    def keys(page):
        return [entry.key for entry in page.entries], page.found

    assert keys(store.page("k")) == (["b", "d", "c", "a"], 4)
    assert keys(store.page("k", skip=1, limit=2)) == (["d", "c"], 4)
    assert keys(store.page("k", skip=4)) == ([], 4)
    assert keys(store.page("k", limit=0)) == keys(store.page("k", "", 2, 0)) == ([], 4)
    assert keys(store.page("none")) == ([], 0)


def test_a_page_finds_a_part_of_a_key_or_lane_in_either_case(store):
    put(store, value("GBT-1", 1), value("knn", 2, lane="gbt"), value("100%_x", 3), value("Ünder", 4))

    def found(text):
        page = store.page("k", text)
        assert page.found == len(page.entries)
        return [entry.key for entry in page.entries]

    assert found("gBt") == ["knn", "GBT-1"]
    assert found("%_") == ["100%_x"]
    assert found("Ünd") == ["Ünder"]
    assert found("zzz") == []


def test_a_sound_store_has_nothing_to_say_against_itself(store):
    put(store, *(value(None, n, lane=f"l{n % 3}") for n in range(9)), bounds=Bounds(per_lane=2, max_lanes=2))
    put(store, value("a", 1), Write("a"), keyspace="other")

    assert store.audit() == []
    assert list(broken_invariants(store, ["k", "other"])) == []
