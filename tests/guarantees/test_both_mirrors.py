"""The page's mirror and the Python mirror are equal after every update.

Both are played what browsers of random histories saw, on which the six guarantees have been checked: so
what a person sees equals what the store had, too.
"""

import json
import os
import random
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from broadcast.stores.sqlite.engine import close_engines
from stickyboard.mirror import Gap, Mirror
from tests.support.server import ROOT
from tests.support.simulated_actions import play_seed
from tests.support.simulations import on_sqlite

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None and not os.environ.get("CI"), reason="node is missing; install Node.js 20")

Transcript = list[dict[str, Any]]


def recorded(seed: int) -> list[Transcript]:
    """Return the transcript of each browser of a random history, after checking the guarantees."""
    try:
        return [browser.transcript for browser in play_seed(seed, on_sqlite()).simulation.browsers]
    finally:
        close_engines()


def damaged(transcript: Transcript, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Lose one update in ten, and repeat one in ten later."""
    said: dict[str, Any] | None = None
    for message in transcript:
        chance = rng.random() if message["op"] == "update" else 0.5
        if chance > 0.1:
            yield message
        if chance > 0.9 and said:
            yield said
        if chance > 0.8 and message["op"] == "update":
            said = message


def states_of(transcript: Transcript) -> list[Any]:
    """Return the Python mirror's gaps, cursor, and each type's changed_at, digest and entries after every update."""
    mirror, pictures = Mirror(), []
    for message in transcript:
        if message["op"] == "open" and not message["cursor"]:
            mirror = Mirror()
        if message["op"] != "update":
            continue
        gaps = []
        for section in message["sections"]:
            try:
                mirror.apply_section(section)
            except Gap as gap:
                gaps.append(gap.keyspace)
        shown = {
            name: [
                copy.changed_at,
                copy.digest,
                [[key, lane, n, copy.times[key], value] for key, (lane, n, value) in copy.entries.items()],
            ]
            for name, copy in mirror.copies.items()
        }
        pictures.append([gaps, mirror.cursor, json.loads(json.dumps(shown))])
    return pictures


def shown_by_the_page(transcript: Transcript) -> list[Any]:
    """Return the same for mirror.js."""
    assert NODE, "node is missing; install Node.js 20 or newer (Debian: apt install nodejs)"
    lines = "".join(json.dumps(message) + "\n" for message in transcript)
    done = subprocess.run(
        [NODE, "tests/js/show_transcript.js"], input=lines, cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_both_mirrors_are_equal_after_every_update():
    transcripts = [transcript for seed in range(10) for transcript in recorded(seed)]
    # Each starts with nothing, so they can be joined into one transcript.
    whole = [message for transcript in transcripts for message in transcript]
    wanted = states_of(whole)
    assert shown_by_the_page(whole) == wanted
    assert len(wanted) > 100
    assert not any(gaps for gaps, _, _ in wanted)
    for field in ("floors", "strides"):
        assert any(section.get(field) for message in whole for section in message.get("sections", ()))


@pytest.mark.slow
def test_both_mirrors_report_the_same_gaps():
    rng = random.Random(5)
    whole = [m for seed in range(12, 16) for transcript in recorded(seed) for m in damaged(transcript, rng)]
    wanted = states_of(whole)
    assert shown_by_the_page(whole) == wanted
    assert any(gaps for gaps, _, _ in wanted)
