"""Runs the specification in docs/spec with Quint, and reads the traces that it writes (ITF, one JSON file each)."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.server import ROOT

SPEC = ROOT / "docs" / "spec" / "replay.qnt"
QUINT = ROOT / "node_modules" / ".bin" / "quint"
needs_quint = pytest.mark.skipif(
    not QUINT.exists() and not os.environ.get("CI"), reason="quint is missing; install Node.js 20 and run: npm ci"
)


def quint(command: str, *options: str, spec: Path = SPEC, module: str = "small") -> subprocess.CompletedProcess[str]:
    words = [str(QUINT), command, "--backend", "typescript", "--main", module, *options, str(spec)]
    return subprocess.run(words, capture_output=True, text=True, timeout=300)


def traces(folder: Path, count: int, steps: int, seed: int) -> Iterator[list[Mapping[str, Any]]]:
    """Yield the states of random traces: each variable of the specification by its name, and the action before it.

    A trace that violates a guarantee fails the test.
    """
    files = folder / "trace_{seq}.itf.json"
    options = ["--max-samples", str(count), "--n-traces", str(count), "--max-steps", str(steps), "--seed", hex(seed)]
    done = quint("run", "--invariant", "guarantees", "--mbt", "--out-itf", str(files), *options, module="real")
    assert "[ok] No violation found" in done.stdout, done.stdout[-3000:] + done.stderr
    found = sorted(folder.glob("trace_*.itf.json"))
    assert len(found) == count
    for file in found:
        yield [state_of(state) for state in json.loads(file.read_text())["states"]]


def state_of(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name.rpartition("::")[2]: plain(value) for name, value in state.items() if name != "#meta"}


def plain(value: Any) -> Any:
    """Return an ITF value as plain Python: numbers, lists for sets, and the value of an option or None."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "#bigint" in value:
        return int(value["#bigint"])
    if "#set" in value:
        return [plain(item) for item in value["#set"]]
    if "#map" in value:
        return [[plain(key), plain(item)] for key, item in value["#map"]]
    if value.keys() == {"tag", "value"}:
        return plain(value["value"]) if value["tag"] == "Some" else None
    return {name: plain(item) for name, item in value.items()}
