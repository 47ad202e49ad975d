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


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("sbom")
    subprocess.run(["sh", "scripts/sbom.sh", sys.executable, str(made)], cwd=ROOT, check=True)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_names_each_locked_package(folder, lock):
    document = json.loads((folder / f"{lock.stem}.cdx.json").read_text())
    assert document["bomFormat"] == "CycloneDX"
    assert document["metadata"]["component"]["name"] == "stickyboard"
    assert len(locked(lock)) == len(re.findall(r"^\S+==", lock.read_text(), re.MULTILINE)) > 0
    assert listed(document) == locked(lock)
    assert "://" not in json.dumps(document["components"])
