"""A Redis that drops keys: the keyspace goes on with what is left, in a new epoch, and browsers start over."""

import itertools
import random

import pytest

from broadcast.errors import StoreUnavailable
from broadcast.events.policies import course
from broadcast.stores.redis import topology
from broadcast.stores.redis.keys import PARTS
from broadcast.types import Batch, Bounds, Write, is_thinned
from tests.support.stores import EACH_ENGINE, ONE_ENGINE, shared_server, stores

KEYED, LANED, BRIEF = Bounds(max_keys=5), Bounds(per_lane=3, max_lanes=3), Bounds(max_keys=5, ttl_s=60.0)
COURSE = course(5, lane="run", max_lanes=3).bounds
BOUNDS = {"keyed": KEYED, "laned": LANED, "brief": BRIEF, "sum": KEYED, "course": COURSE}
FIRST = ["read", "apply", "heads", "page", "get"]  # who meets the damage
RANDOM = [tuple(random.Random(seed).sample(PARTS, 2 + seed % 9)) for seed in range(10)]
EVERY = [*itertools.product(FIRST, ((part,) for part in PARTS)), *zip(itertools.cycle(FIRST), [*RANDOM, PARTS])]

_seqs = itertools.count(1)


@pytest.fixture(params=EACH_ENGINE)
def store(request, tmp_path):
    with stores(request.param, tmp_path) as make:
        made = make()
        made.engine_name = request.param
        yield made


def add(previous, event):
    return {"n": event["n"] + (previous or {"n": 0})["n"]}


def batch(name: str, *writes: Write) -> Batch:
    return Batch(name, BOUNDS[name], list(writes), add if name == "sum" else None)


def write(name: str, number: int) -> Write:
    sent = {"producer": "p", "seq": next(_seqs)}
    if name == "laned":
        return Write(None, f"lane {number % 4}", f'{{"n":{number}}}', **sent)
    if name == "course":
        return Write(None, f'run "{number % 2}', f'{{"n":{number}}}', **sent)
    if name == "sum":
        return Write("all", event={"n": 1}, **sent)
    return Write(f'k"\\{number % 7}', value=f'{{"n":{number}}}', **sent)


def fill(store, name: str) -> None:
    store.apply([batch(name, *(write(name, number) for number in range(16)))])
    if name in ("keyed", "brief"):
        store.apply([batch(name, Write('k"\\1'))])  # a removal
    assert store.since({name: None})[name].entries


def drop(store, name: str, parts: tuple[str, ...]) -> int:
    with shared_server(store.engine_name).client() as client:
        return client.delete(*(store._layout.key(name, part) for part in parts))


def contents(store, name: str) -> dict:
    return {entry.key: entry[1:] for entry in store.since({name: None})[name].entries}


def cases_of(name: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return each part and each combination once; over all event types, each one comes before each first call."""
    turn = list(BOUNDS).index(name)
    return list(zip(itertools.cycle(FIRST[turn:] + FIRST[:turn]), [*((part,) for part in PARTS), *RANDOM, PARTS]))


@pytest.mark.parametrize("store", ONE_ENGINE, indirect=True)
@pytest.mark.parametrize(
    "name", [name if name == "laned" else pytest.param(name, marks=pytest.mark.slow) for name in BOUNDS]
)
def test_whatever_is_dropped_the_keyspace_goes_on(store, name):
    go_on_after(store, name, cases_of(name))


@pytest.mark.chaos
@pytest.mark.parametrize("name", BOUNDS)
def test_whatever_is_dropped_before_any_call_it_goes_on(store, name):
    go_on_after(store, name, EVERY)


def go_on_after(store, name: str, cases: list[tuple[str, tuple[str, ...]]]) -> None:
    for first, parts in cases:
        store.reset(name)
        fill(store, name)
        before, cursor, were = contents(store, name), store.heads()[name], drop(store, name, parts)
        if first == "apply":
            store.apply([batch(name, write(name, 1000))])
        elif first == "heads":
            assert store.heads().get(name) != cursor or not were, parts
        elif first == "page":
            store.page(name, "n")
            store.page(name)
        elif first == "get":
            store.get(f"{name}:x")
        delta = store.since({name: cursor})[name]
        if were:
            assert delta.reset, parts
            assert delta.epoch != cursor.epoch, parts
        if "value" not in parts and first != "apply":
            # Nothing else than the values is needed, and revisions stay where they were.
            assert {key: entry[:3] for key, entry in contents(store, name).items()} == {
                key: entry[:3] for key, entry in before.items()
            }, parts
        follow(store, name, store.since({name: None})[name])
        assert store.audit() == []
        assert store.stats()[name].entries == len(contents(store, name))
        store.export([name])


def follow(store, name: str, delta) -> None:
    """Read on from a delta through some changes: what a browser has is always what the store has."""
    copy = {entry.key: entry[1:] for entry in delta.entries}
    cursor = delta.head
    for number in range(2000, 2006):
        store.apply([batch(name, write(name, number))])
        step = store.since({name: cursor})[name]
        if step.reset:
            copy.clear()
        for entry in step.entries:
            copy.pop(entry.key, None)
            if entry.value is not None:
                copy[entry.key] = entry[1:]
        for lane, floor in step.floors.items():
            for key in [key for key, (of, revision, *_) in copy.items() if revision <= floor and lane in ("", of)]:
                del copy[key]
        for key in [key for key, (lane, *_) in copy.items() if is_thinned(key, lane, step.strides)]:
            del copy[key]
        cursor = step.head
        assert copy == contents(store, name)


def test_entries_whose_expiry_was_dropped_still_expire(store, settings):
    object.__setattr__(store._layout, "ttl_s", lambda name: BOUNDS[name].ttl_s)
    for parts in (("expiry",), ("meta", "expiry"), ("live", "expiry")):
        store.reset("brief")
        store.clock = lambda: 1000.0
        fill(store, "brief")
        assert drop(store, "brief", parts)
        store.heads()
        store.clock = lambda: 2000.0
        store.apply([batch("brief")])
        assert contents(store, "brief") == {}


def test_event_types_are_found_without_the_index(store):
    store.apply([Batch("total_alerts", KEYED, [Write("", value="1")])])
    with shared_server(store.engine_name).client() as client:
        client.delete(store._layout.index)
    assert "total_alerts" in store.heads()
    assert [kept.keyspace for kept in store.export()] == ["total_alerts"]


def test_an_entry_that_was_exchanged_for_another_is_noticed(store):
    fill(store, "keyed")
    cursor = store.heads()["keyed"]
    with shared_server(store.engine_name).client() as client:
        value = store._layout.key("keyed", "value")
        client.hdel(value, 'k"\\2')
        client.hset(value, "stranger", "no entry")
    delta = store.since({"keyed": cursor})["keyed"]
    assert delta.reset
    assert {entry.key for entry in delta.entries} <= {f'k"\\{number}' for number in range(7)}
    follow(store, "keyed", delta)


def test_a_server_that_drops_keys_all_the_time_is_said_to(store, monkeypatch):
    fill(store, "keyed")
    ask = topology.ask

    def dropping(client, commands, *, as_one):
        drop(store, "keyed", ("live",))
        return ask(client, commands, as_one=as_one)

    monkeypatch.setattr(topology, "ask", dropping)
    with pytest.raises(StoreUnavailable, match="noeviction"):
        store.since({"keyed": None})
    with pytest.raises(StoreUnavailable, match="noeviction"):
        store.apply([batch("keyed", write("keyed", 1000))])


def test_evicted_by_the_server_itself(store):
    """Real eviction: the server is given so little memory that it drops keys while it is written."""
    fill(store, "keyed")  # so that the server has the scripts, and buffers for a client
    with shared_server(store.engine_name).client() as client:
        used = client.info("memory")["used_memory"]
        client.config_set("maxmemory-policy", "allkeys-random")
        client.config_set("maxmemory", used + 300_000)
        try:
            for number in range(1, 200):
                event = Write(f"k{number % 150}", value=f'"{"x" * 3000}"', producer="p", seq=number)
                name = f"many-{number % 5}"
                store.apply([Batch(name, Bounds(max_keys=300), [event])])
                store.since({name: None})
                store.heads()
        finally:
            client.config_set("maxmemory", 0)
            client.config_set("maxmemory-policy", "noeviction")
        assert client.info("stats")["evicted_keys"] > 0
    for name in store.heads():
        assert store.stats()[name].entries == len(contents(store, name))
