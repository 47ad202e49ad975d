"""The cost of loading the page: requests, bytes, and the time until it displays the stored state."""

import contextlib
import json
import ssl
import urllib.request
from pathlib import Path
from typing import NamedTuple

from playwright.async_api import TimeoutError as HeldUp

from benchmarks.page.chromium import Tab, new_tab
from benchmarks.state import COUNTS, state_events
from benchmarks.state import ENTRIES as STATE_ENTRIES


class Place(NamedTuple):
    """A device and a network on which the page is opened."""

    name: str
    width: int
    height: int
    latency_ms: float
    kbit_per_s: float
    slower: int


# Lighthouse's two: "desktopDense4G", and "mobileSlow4G" as it has DevTools emulate it.
# Source: core/config/constants.js of GoogleChrome/lighthouse.
PLACES = (
    Place("laptop", 1280, 720, 40, 10_240, 1),
    Place("phone", 390, 844, 562.5, 1_474.56, 4),
)
TRIES = 4
PREDICTIONS = 4096  # as many as are stored, although a scene draws 144
ENTRIES = STATE_ENTRIES + PREDICTIONS - COUNTS["prediction"]


def fill(http: str, token: str, certificate: Path | None = None) -> None:
    """Publish the lab's whole state."""
    trusting = ssl.create_default_context(cafile=certificate)
    events = [{"type": event_type, **fields} for event_type, _, fields in state_events(PREDICTIONS)]
    head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    for start in range(0, len(events), 100):
        body = json.dumps(events[start : start + 100]).encode()
        request = urllib.request.Request(f"{http}/api/events", body, head)
        with urllib.request.urlopen(request, context=trusting) as answer:
            answer.read()


async def measure_loading(http: str, place: Place) -> dict[str, dict[str, float]]:
    """Return the figures of the first visit and of the next, in a fresh browser.

    DevTools' slow network now and then keeps what came over HTTP/2 to itself for ever, with all of it answered:
    4 of 30 loads, and none of 30 without it. A load that it holds up is begun anew.
    """
    for _ in range(TRIES - 1):
        with contextlib.suppress(HeldUp):
            return await _visits(http, place)
        print("DevTools' network held a load up; again", flush=True)
    return await _visits(http, place)


async def _visits(http: str, place: Place) -> dict[str, dict[str, float]]:
    async with new_tab(place.width, place.height) as (tab, _):
        traffic = Traffic(tab)
        await tab.devtools.send("Network.enable")
        await tab.devtools.send("Network.emulateNetworkConditions", _conditions(place))
        await tab.devtools.send("Emulation.setCPUThrottlingRate", {"rate": place.slower})
        found = {visit: await _visit(tab, traffic, http) for visit in ("first", "again")}
        tab.check()
    return found


def _conditions(place: Place) -> dict[str, float | bool]:
    bytes_per_s = place.kbit_per_s * 1024 / 8
    return {
        "offline": False,
        "latency": place.latency_ms,
        "downloadThroughput": bytes_per_s,
        "uploadThroughput": bytes_per_s / 2,
    }


async def _visit(tab: Tab, traffic: "Traffic", http: str) -> dict[str, float]:
    traffic.forget()
    await tab.trace()
    await tab.page.goto(http)
    await tab.is_live()
    live_ms = await tab.page.evaluate("performance.now()")
    # After two frames, the browser has reported all entries of the load.
    await tab.page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
    metrics = await tab.page.evaluate("metrics")
    return {
        "requests": traffic.requests,
        "kb": traffic.bytes / 1000,
        "page_kb": traffic.page_bytes / 1000,
        "first_paint_ms": metrics["contentful"],
        "busy_ms": await tab.busy_until_paint_ms(),
        "largest_ms": metrics["largest"],
        "blocking_ms": metrics["blocking"],
        "live_ms": live_ms,
        "shift": metrics["shift"],
    }


class Traffic:
    """Counts what came over the wire; what came from the browser's own cache is none of it."""

    def __init__(self, tab: Tab) -> None:
        self.forget()
        tab.devtools.on("Network.requestServedFromCache", lambda event: self._cached.add(event["requestId"]))
        tab.devtools.on("Network.responseReceived", self._answered)
        tab.devtools.on("Network.loadingFinished", self._finished)

    def forget(self) -> None:
        self.requests = self.bytes = self.page_bytes = 0
        self._cached: set[str] = set()
        self._pages: set[str] = set()

    def _answered(self, event: dict) -> None:
        if event["response"].get("fromDiskCache"):
            self._cached.add(event["requestId"])
        if event["type"] == "Document":
            self._pages.add(event["requestId"])

    def _finished(self, event: dict) -> None:
        if event["requestId"] in self._cached:
            return
        self.requests += 1
        self.bytes += int(event["encodedDataLength"])
        if event["requestId"] in self._pages:
            self.page_bytes += int(event["encodedDataLength"])
