"""`python -m benchmarks.other_process`: how long an event takes to a browser of another process than its producer's.

One producer, at the first process, and one browser per process. Each event is a tick of its own.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from benchmarks.machine import describe
from benchmarks.one_machine import SETUPS, At, Machine, Setup
from benchmarks.tables import markdown
from stickyboard import Producer
from tests.support.many_browsers import LightBrowser, Texts
from tests.support.server import until

WARM_UP = 20  # events


class Latencies:
    """Milliseconds from sending to receipt, in the browser of the producer's process and in the others."""

    def __init__(self) -> None:
        self.same, self.others = list[float](), list[float]()

    def note(self, browser: int, text: bytes) -> None:
        """Note the events in what a browser has received."""
        now = time.perf_counter()
        for section in json.loads(text).get("sections", ()):
            for *_, value in section["entries"]:
                if value and "sent" in value:
                    found = self.others if browser else self.same
                    found.append(1000 * (now - value["sent"]))


class Timed(Texts):
    """Passes each text to `note` before it is stored."""

    def __init__(self, note: Callable[[bytes], None]) -> None:
        super().__init__()
        self._note = note

    def once(self, text: bytes) -> bytes:
        self._note(text)
        return super().once(text)


async def measure(setup: Setup, events: int, events_per_s: float) -> Latencies:
    """Return the latencies of one setup."""
    with ExitStack() as stack:
        machine, found = Machine(stack, setup), Latencies()
        browsers = [
            LightBrowser(Timed(partial(found.note, number)), partial(At, machine.port_of(number)))
            for number in range(setup.processes)
        ]
        for browser in browsers:
            browser.start()
        await until(lambda: all(browser.is_caught_up for browser in browsers), 60, "all browsers are connected")
        async with Producer(machine.servers[0].http, machine.servers[0].token) as producer:
            for number in range(WARM_UP + events):
                if number == WARM_UP:
                    found.same.clear()
                    found.others.clear()
                # Each event has a key of its own, so that none is coalesced while it waits.
                fields = {"model": f"model-{number}", "macro_f1": number % 997 / 997}
                await producer.publish("model_metric", **fields, sent=time.perf_counter())
                await asyncio.sleep(1 / events_per_s)
        for browser in browsers:
            await browser.leave()
    return found


def line(values: list[float]) -> list[str]:
    """Return p50, p99 and the maximum as text."""
    if not values:
        return ["-"] * 3
    cuts = statistics.quantiles(values, n=100)
    return [f"{each:.1f} ms" for each in (cuts[49], cuts[98], max(values))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300, help="of each run")
    parser.add_argument("--events-per-s", type=float, default=40)
    parser.add_argument("--setup", default="", help="only setups whose title contains this")
    options = parser.parse_args()
    rows = []
    for setup in SETUPS:
        if options.setup in setup.title and not setup.is_behind_nginx:
            found = asyncio.run(measure(setup, options.events, options.events_per_s))
            rows.append([setup.title, *line(found.same), *line(found.others)])
    print(f"{options.events} events, {options.events_per_s:g} per second\n")
    print(markdown(["served by", "same process p50", "p99", "max", "another process p50", "p99", "max"], rows))
    print("\n" + ", ".join(f"{name}: {value}" for name, value in describe().items()))


if __name__ == "__main__":
    main()
