"""`python -m benchmarks.one_redis`: what one Redis can take, in its own CPU time, as it computes on one core.

Sends ticks, readings and messages as server processes do, and asks the server what they cost it (`INFO cpu`). What a
core does in a second is one second by that; waiting, the network and the processes' own work are not in it.
"""

import argparse
import json
import os
import tempfile
from collections.abc import Callable
from typing import Any

import django

TIMES = 300
TICK_EVENTS = 100
KEYS = 1000
UPDATE_BYTES = 10_000
PROCESSES = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help="how often each is done")
    parser.add_argument("--appendonly", action="store_true", help="let the server write each change down")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    os.environ.setdefault("STICKYBOARD_DATA", tempfile.mkdtemp(prefix="stickyboard-bench-"))
    django.setup()
    from tests.support.redis_server import RedisServer

    persistence = {"appendonly": "yes", "appendfsync": "everysec"} if options.appendonly else {}
    print("| what | CPU of the server | in a second of one core |\n|---|---|---|")
    with RedisServer("redis", **persistence) as server:
        for what, act in acts(server):
            cost_s = cost(server, act, options.times)
            print(f"| {what} | {cost_s * 1e6:,.0f} µs | {1 / cost_s:,.0f} |")


def acts(server: Any) -> list[tuple[str, Callable[[int], Any]]]:
    """Return what is measured; each is called with a number."""
    from broadcast.events.policies import last_value, ring
    from broadcast.stores import RedisCache
    from broadcast.types import Batch, Write

    store = RedisCache(server.url, {})
    values, lanes = last_value("key", max_keys=2 * KEYS), ring(60, lane="lane", max_lanes=64)
    pad = "x" * 150

    def texts(number: int) -> list[tuple[int, str]]:
        first = number * TICK_EVENTS
        return [(n, json.dumps({"n": n, "pad": pad})) for n in range(first, first + TICK_EVENTS)]

    def put(number: int) -> Any:
        return store.apply(
            [Batch("values", values.bounds, [Write(str(n * 7919 % KEYS), value=text) for n, text in texts(number)])]
        )

    def add(number: int) -> Any:
        writes = [Write(None, f"l{n % 8}", text) for n, text in texts(number)]
        return store.apply([Batch("lanes", lanes.bounds, writes)])

    def little(number: int) -> Any:
        return store.apply([Batch("one", values.bounds, [Write("a", value=str(number))])])

    def change(number: int) -> Any:
        head = little(number)[0]
        return store.since({"one": head.head._replace(revision=head.from_revision)})

    client = server.client()
    listeners = [server.client().pubsub() for _ in range(PROCESSES)]
    for listener in listeners:
        listener.subscribe("board")

    def publish(number: int) -> Any:
        client.publish("board", b"x" * UPDATE_BYTES)
        for listener in listeners:
            listener.get_message(timeout=5)

    return [
        ("a tick of one value", little),
        (f"a tick of {TICK_EVENTS} values", put),
        (f"a tick of {TICK_EVENTS} entries of a ring", add),
        (f"a whole reading of {KEYS:,} entries, 210 kB", lambda _: store.since({"values": None})),
        ("a tick of one value and the reading of it", change),
        ("all heads", lambda _: store.heads()),
        ("all statistics", lambda _: store.stats()),
        (f"an update of {UPDATE_BYTES:,} bytes to {PROCESSES} processes", publish),
    ]


def cost(server: Any, act: Callable[[int], Any], times: int) -> float:
    """Return the server's CPU time for each."""
    for number in range(20):
        act(number)
    with server.client() as client:
        before = used_s(client)
        for number in range(20, 20 + times):
            act(number)
        return (used_s(client) - before) / times


def used_s(client: Any) -> float:
    """Return what the server has computed so far, all its threads together."""
    found = client.info("cpu")
    return float(found["used_cpu_user"]) + float(found["used_cpu_sys"])


if __name__ == "__main__":
    main()
