"""Compares the page's mirror with the pictures that a search has reached, in one process of Node."""

import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.support.exploration.picture_states import PictureStates, whole
from tests.support.picture import Picture
from tests.support.server import ROOT

Step = tuple[list[dict[str, Any]], Any]  # messages, and the picture after them
SCRIPT = ROOT / "tests" / "js" / "show_transcript.js"


def differences(all_pictures: Sequence[PictureStates], node: str, script: Path = SCRIPT) -> Iterator[str]:
    """Yield the first update of each search after which the page's mirror is not the picture, "" if there is none."""
    searches = [list(_steps(pictures)) for pictures in all_pictures]
    lines = "".join(json.dumps(message) + "\n" for steps in searches for messages, _ in steps for message in messages)
    done = subprocess.run([node, str(script)], input=lines, cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    shown = iter(done.stdout.splitlines()[1::2])  # after each second update
    for steps in searches:
        yield next(filter(None, [_difference(step, next(shown)) for step in steps]), "")


def _difference(step: Step, line: str) -> str:
    gaps, cursor, copies = json.loads(line)
    page = [gaps, cursor, {name: copy[1:] for name, copy in copies.items()}]
    messages, wanted = step
    return "" if page == wanted else f"after {messages[-1]} the page has {page}, but the client {wanted}"


def _steps(pictures: PictureStates) -> Iterator[Step]:
    """Yield, for each picture and update, what a page receives that has the picture, and the picture after it."""
    results = {(before, update): after for (before, update, _), after in pictures.results.items()}
    for (before, update), after in results.items():
        opened, had = {"op": "open", "cursor": ""}, {"op": "update", "sections": whole(pictures[before])}
        yield [opened, had, json.loads(pictures.updates.values[update])], as_shown(pictures[after])


def as_shown(picture: Picture) -> list[Any]:
    entries = {section["type"]: section["entries"] for section in whole(picture)}
    return [[], picture.cursor, {name: [copy.digest, entries[name]] for name, copy in picture.copies.items()}]
