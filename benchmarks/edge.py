"""`python -m benchmarks.edge`: what a crowd of cold loads costs a process, with and without a cache in front.

First the process is measured: a real server is asked for the state of a board that has just changed, and again by
its ETag, one request after the other. Then a crowd comes in a simulation: as many as are asked for, at random
moments within a minute, to a board that changes all the time. Each edge caches a state for a second, lets one request
through when that is over, and has the others take what comes back (`proxy_cache_lock`) or what it has
(`proxy_cache_use_stale updating`). The process serves one request at a time in the order of coming, in the time that
was measured. Prints a table in Markdown.
"""

import argparse
import http.client
import json
import random
import statistics
import time
from dataclasses import dataclass

CROWDS = (1_000, 100_000, 1_000_000)
EDGES = (0, 1, 10, 100)
WITHIN_S = 60.0
KEPT_S = 1.0  # `s-maxage` of broadcast/views.py
ASKED = 300


@dataclass(frozen=True)
class Service:
    """What one request costs the process, in seconds, and how much it sends."""

    whole_s: float
    unchanged_s: float
    whole_bytes: int


@dataclass(frozen=True)
class Outcome:
    """What a crowd came to: requests that reached the process, its load, and how long the process made them wait."""

    reached: int
    busy: float
    p99_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asked", type=int, default=ASKED, help="requests of each kind that are measured")
    options = parser.parse_args()
    service = measure(options.asked)
    whole_ms, unchanged_ms = service.whole_s * 1000, service.unchanged_s * 1000
    print(f"whole state of {service.whole_bytes:,} bytes: {whole_ms:.2f} ms; 304: {unchanged_ms:.2f} ms (p50)\n")
    print("| cold loads in a minute | edges | reach the process | its load | wait for it, p99 |\n|---|---|---|---|---|")
    for crowd in CROWDS:
        for edges in EDGES:
            found = simulate(service, crowd, edges, random.Random(crowd + edges))
            wait = f"{found.p99_s * 1000:,.1f} ms" if found.busy < 1 else "grows without end"
            print(f"| {crowd:,} | {edges or 'none'} | {found.reached:,} | {found.busy:.1%} | {wait} |")


def measure(asked: int) -> Service:
    """Ask a real server for the state of the lab's board."""
    from benchmarks.peers.stickyboard import Stickyboard

    whole, unchanged, size = [], [], 0
    with Stickyboard() as peer:
        peer.load_state()
        link = http.client.HTTPConnection("127.0.0.1", peer.port)
        for number in range(asked):
            # So that each whole state is read and made anew.
            event = {"type": "model_metric", "model": "gbt", "macro_f1": number / asked, "rows": number}
            ask(link, "POST", "/api/events", {"Authorization": f"Bearer {peer.token}"}, json.dumps(event))
            took_s, etag, size = ask(link, "GET", "/api/state/state", {})
            whole.append(took_s)
            unchanged.append(ask(link, "GET", "/api/state/state", {"If-None-Match": etag})[0])
        link.close()
    return Service(statistics.median(whole), statistics.median(unchanged), size)


def ask(link: http.client.HTTPConnection, how: str, path: str, headers: dict[str, str], body: str = ""):
    """Return how long an answer took, its ETag and its size."""
    started = time.perf_counter()
    link.request(how, path, body or None, headers)
    answer = link.getresponse()
    size = len(answer.read())
    took_s = time.perf_counter() - started
    if answer.status not in {200, 304}:
        raise SystemExit(f"{how} {path} was answered with {answer.status}")
    return took_s, answer.headers["ETag"], size


def simulate(service: Service, crowd: int, edges: int, rng: random.Random) -> Outcome:
    """Let a crowd come to edges, and what passes them to one process."""
    arrivals = sorted(rng.random() * WITHIN_S for _ in range(crowd))
    fresh_until = [0.0] * edges
    free_at, busy_s, waits = 0.0, 0.0, []
    for at in arrivals:
        if edges:
            edge = rng.randrange(edges)
            if at < fresh_until[edge]:
                continue
        # The board changes all the time, so that each of these is sent the whole state.
        done = max(at, free_at) + service.whole_s
        if edges:
            fresh_until[edge] = done + KEPT_S
        free_at, busy_s = done, busy_s + service.whole_s
        waits.append(done - at)
    return Outcome(len(waits), busy_s / WITHIN_S, statistics.quantiles(waits, n=100)[98])


if __name__ == "__main__":
    main()
