"""Publishes at a rate from standard input, and reports from which event on it applied.

Commands, one a line; each is answered by one JSON line:

* `rate R`: from the next 20 ms on, R events a second;
* `mark`: the number of the last event at the next 20 ms;
* `state`: publish the whole state once (`benchmarks.state`), and answer when the server has it;
* `fill K`: publish K entries of one keyspace, and answer when the server has them.
"""

import asyncio
import json
import os
import sys
from typing import Any, Protocol

from benchmarks.clock import now_us

SLOT_US = 20_000  # the generator counts by these; a step begins and ends with one
PAUSE_S = 0.001
MOST_BEHIND_US = 50_000  # what a blocked publisher is behind is not made up for beyond this


class Outlet(Protocol):
    """Where events go."""

    async def publish(self, first_n: int, count: int, t_us: int) -> None:
        """Send `count` events, numbered from `first_n`, stamped `t_us`."""

    async def publish_state(self) -> None:
        """Send the whole state and wait until it is there."""

    async def fill(self, entries: int) -> None:
        """Send so many entries of one keyspace and wait until they are there."""


class Pace:
    """When the next events are due."""

    def __init__(self) -> None:
        self.rate, self.n = 0.0, 0
        self._from_us, self._from_n = now_us(), 0

    def change(self, rate: float, at_us: int) -> None:
        """Send so many events a second from now on."""
        self.rate, self._from_us, self._from_n = rate, at_us, self.n

    def due(self, at_us: int) -> int:
        """Return how many events should have been sent by now and were not."""
        due = self._from_n + int((at_us - self._from_us) * self.rate / 1e6) - self.n
        most = max(1, int(self.rate * MOST_BEHIND_US / 1e6))
        if due > most:
            due = most
            self._from_us, self._from_n = at_us, self.n + most
        return max(0, due)


def answer(**fields: Any) -> None:
    """Tell the harness."""
    print(json.dumps(fields), flush=True)


class Paced:
    """The loop: commands in, events out."""

    def __init__(self, outlet: Outlet) -> None:
        self.outlet, self.pace = outlet, Pace()
        self._commands: list[list[str]] = []
        self._text = b""

    async def run(self) -> None:
        """Publish until standard input ends."""
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._read)
        next_slot_us = now_us() // SLOT_US * SLOT_US
        while ["end"] not in self._commands:
            at_us = now_us()
            if at_us >= next_slot_us:
                next_slot_us = at_us // SLOT_US * SLOT_US + SLOT_US
                await self._obey(at_us // SLOT_US * SLOT_US, at_us)
            if count := self.pace.due(at_us):
                first = self.pace.n + 1
                self.pace.n += count
                await self.outlet.publish(first, count, at_us)
            await asyncio.sleep(PAUSE_S)

    async def _obey(self, slot_us: int, at_us: int) -> None:
        while self._commands and self._commands[0] != ["end"]:
            name, *words = self._commands.pop(0)
            if name == "rate":
                self.pace.change(float(words[0]), at_us)
            if name == "state":
                await self.outlet.publish_state()
            if name == "fill":
                await self.outlet.fill(int(words[0]))
            answer(kind=name, n=self.pace.n, at_us=slot_us)

    def _read(self) -> None:
        text = os.read(sys.stdin.fileno(), 4096)
        *lines, self._text = (self._text + text).split(b"\n")
        self._commands += [line.decode().split() for line in lines]
        if not text:
            self._commands.append(["end"])
