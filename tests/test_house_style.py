"""How the tests themselves are written."""

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PATHS = [path for kind in ("*.py", "*.js") for path in sorted(TESTS.rglob(kind)) if path != Path(__file__)]
FILES = {str(path.relative_to(TESTS)): path.read_text() for path in PATHS}
# What no file contains, by the rule, each with an example that is found, and one that is not.
RULES = {
    "a name has fewer than 60 characters, so that it fits after -k": (
        r"^ *(?:async )?def (test_\w{55,})",
        f"    async def test_{'x' * 55}(self): ...",
        f"def test_{'x' * 54}(): ...",
    ),
    "what tests share is in tests/support": (
        r"^ *(?:from|import) tests\.(?:.* import )?(?:[\w.]*\.)?test_.*$",
        "from tests.stores.test_fold import put",
        "from tests.support.bench import Bench",
    ),
    "no private name is replaced, except by a planted bug (with `patch`)": (
        r"""monkeypatch\.setattr\([^()]*?["'.]_[a-z]\w*["'],""",
        'monkeypatch.setattr("broadcast.checks.redis._major", fake)',
        'monkeypatch.setattr(store.link, "servers", fake)',
    ),
    "a test calls no other test": (
        r"^ +(?:[\w, ]+ = )?(?:await )?test_\w+\(",
        "    await test_a_long_flush(bench)",
        "    def test_step(self): ...",
    ),
    "words have their usual meaning": (
        r"\b(?:[Tt]old|mend(?:s|ed|ing)?|namesakes?|guesses|beats?|handed on|stands? in)\b",
        "what stands in the store",
        "standard recommendations",
    ),
}


@pytest.mark.parametrize(("rule", "found", "not_found"), RULES.values(), ids=RULES)
def test_every_file_keeps_the_rule(rule, found, not_found):
    pattern = re.compile(rule, re.MULTILINE)
    assert pattern.search(found)
    assert not pattern.search(not_found)
    assert {file: broken for file, text in FILES.items() if (broken := pattern.findall(text))} == {}
