"""Retries: only of marked tests, printed, counted, and at most three in a run."""

import tomllib

import pytest

from tests.conftest import refuse_unexplained_retry
from tests.support.server import ROOT

pytestmark = pytest.mark.slow  # runs pytest in processes of its own
ADDED = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]["addopts"]
FAILS_ONCE = """
    import pytest

    tries = []

    @pytest.mark.flaky(reason="an example")
    @pytest.mark.parametrize("number", range({count}))
    def test_first(number):
        tries.append(number)
        assert tries.count(number) > 1, "it was too early"
"""


@pytest.fixture
def run(pytester):
    """Run the tests of a file in a process of its own, with the project's options and without its other plugins."""

    def run_file(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        pytester.makeini(f"[pytest]\naddopts = {ADDED}\nmarkers =\n    chaos: of the project")
        others = [f"-pno:{name}" for name in ("django", "asyncio", "hypothesispytest", "playwright", "cacheprovider")]
        return pytester.runpytest_subprocess(*others, *options)

    return run_file


def test_a_retry_is_printed_and_counted(run):
    result = run(FAILS_ONCE.format(count=3))
    assert result.ret == pytest.ExitCode.OK
    assert result.parseoutcomes() == {"passed": 3, "rerun": 3}
    result.stdout.fnmatch_lines(["*rerun test summary info*", "*test_first*0*", "*it was too early*"])


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["one process", "two workers"])
def test_a_fourth_retry_fails_the_run(run, options):
    result = run(FAILS_ONCE.format(count=4), *options)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {"passed": 3, "failed": 1, "rerun": 3}


def test_a_test_without_the_mark_is_not_retried(run):
    result = run("def test_it(): assert False")
    assert result.parseoutcomes() == {"failed": 1}


def test_a_second_failure_fails_the_test(run):
    result = run('import pytest\n\n@pytest.mark.flaky(reason="an example")\ndef test_it(): assert False')
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {"failed": 1, "rerun": 1}


@pytest.mark.parametrize("mark", [pytest.mark.flaky, pytest.mark.flaky(reason=""), pytest.mark.flaky(2)])
def test_a_mark_without_a_reason_is_refused(request, mark):
    request.node.add_marker(mark)
    try:
        with pytest.raises(pytest.UsageError, match="write why"):
            refuse_unexplained_retry(request.node)
    finally:
        request.node.own_markers.remove(mark.mark)
