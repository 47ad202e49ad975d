"""Every input that was found once stays refused or accepted as it must be; `make chaos` searches for more."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz import ALL, BYTES, CORPUS, ROOT
from tests.fuzz.targets import TARGETS

INPUTS = [path for name in BYTES for path in sorted((CORPUS / name).iterdir())]
SECONDS = 600


def test_every_decoder_has_a_corpus():
    assert set(TARGETS) == set(BYTES) == {path.parent.name for path in INPUTS}


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.name}/{path.name}"[:50])
def test_an_input_of_the_corpus_is_handled(path: Path):
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.chaos
@pytest.mark.timeout(SECONDS + 300)
@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="Atheris is not available for this platform")
def test_ten_minutes_find_nothing(capsys):
    with capsys.disabled():
        done = subprocess.run([sys.executable, "-m", "tests.fuzz", "--seconds", str(SECONDS), *ALL], cwd=ROOT)
    assert done.returncode == 0
