"""`python -m benchmarks.store_ticks SIZE …`: the cost of one tick in the file store, by number of entries.

In process, as no socket shows what one tick costs. Prints one JSON object of p50s in milliseconds.
"""

import json
import statistics
import sys
import time

import django

TICK_EVENTS = 100
TICKS = 60
BATCH = 1000


def main(sizes: list[int]) -> None:
    django.setup()
    print(json.dumps({name: value for size in sizes for name, value in ticks_at(size).items()}))


def ticks_at(size: int) -> dict[str, float]:
    """Fill a keyspace with so many entries; then time ticks on it, and reading one change of it."""
    from django.core.cache import caches

    from broadcast.types import Batch, Bounds, Write

    store, keyspace = caches["sticky"], f"entries_{size}"

    def apply(keys: list[int], number: int):
        writes = [Write(str(key), value=json.dumps({"k": key, "n": number, "pad": "x" * 170})) for key in keys]
        return store.apply([Batch(keyspace, Bounds(max_keys=2 * size), writes)])[0].head

    for first in range(0, size, BATCH):
        head = apply(list(range(first, min(first + BATCH, size))), 0)
    applied, read = [], []
    for tick in range(1, TICKS + 1):
        # A stride that shares no factor with the sizes: keys from all over the file.
        keys = [(tick * TICK_EVENTS + place) * 7919 % size for place in range(TICK_EVENTS)]
        applied.append(_timed(lambda keys=keys, tick=tick: apply(keys, tick)))
        head = store.heads()[keyspace]
        apply(keys[:1], -tick)
        read.append(_timed(lambda head=head: store.since({keyspace: head})))
    return {f"apply_{size}": statistics.median(applied), f"since_{size}": statistics.median(read)}


def _timed(act) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]])
