"""`make sbom`: the bills of materials name every locked package, with its version and hashes, and no index."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import ROOT

pytest.importorskip("cyclonedx_py", reason="cyclonedx-bom is missing; type: make setup")
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PINNED = re.compile(r"^([\w.-]+)==([\w.!+-]+)((?:.*\\\n)+.*)$", re.MULTILINE)


def locked(lock: Path) -> set[tuple[str, str, frozenset[str]]]:
    return {
        (name, version, frozenset(re.findall(r"sha256:(\w+)", rest)))
        for name, version, rest in PINNED.findall(lock.read_text())
    }


def listed(document: dict) -> set[tuple[str, str, frozenset[str]]]:
    return {
        (part["name"], part["version"], frozenset(each["content"] for each in part["externalReferences"][0]["hashes"]))
        for part in document["components"]
    }


def cases() -> list[object]:
    """Return each lock file; only a small one is read outside the chaos tests, as each takes five seconds."""
    marks = [() if lock.stem == "client" else pytest.mark.chaos for lock in LOCKS]
    return [pytest.param(lock, id=lock.stem, marks=each) for lock, each in zip(LOCKS, marks, strict=True)]


@pytest.mark.slow  # the same on every Python
@pytest.mark.parametrize("lock", cases())
def test_names_each_locked_package(lock, tmp_path):
    subprocess.run(["sh", "scripts/sbom.sh", sys.executable, str(tmp_path), str(lock)], cwd=ROOT, check=True)
    document = json.loads((tmp_path / f"{lock.stem}.cdx.json").read_text())
    assert document["bomFormat"] == "CycloneDX"
    assert document["metadata"]["component"]["name"] == "stickyboard"
    assert len(locked(lock)) == len(re.findall(r"^\S+==", lock.read_text(), re.MULTILINE)) > 0
    assert listed(document) == locked(lock)
    assert "://" not in json.dumps(document["components"])
