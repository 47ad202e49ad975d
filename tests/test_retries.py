"""Retries are printed, counted and bounded."""

import pytest

from tests.support.retries import MAX_RETRIES
from tests.support.server import ROOT

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
def run(pytester, monkeypatch):
    """Run the tests of a file in a process of its own, with this plugin and without the project's settings."""

    def run_file(source: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(source)
        monkeypatch.setenv("PYTHONPATH", str(ROOT))
        others = [f"-pno:{name}" for name in ("django", "asyncio", "hypothesispytest", "playwright", "cacheprovider")]
        return pytester.runpytest_subprocess("-ptests.support.retries", *others, *options)

    return run_file


def test_a_retry_is_printed_and_counted(run):
    result = run(FAILS_ONCE.format(count=MAX_RETRIES))
    assert result.ret == pytest.ExitCode.OK
    assert result.parseoutcomes() == {"passed": MAX_RETRIES, "rerun": MAX_RETRIES}
    result.stdout.fnmatch_lines(["*= retries =*", "*test_first*0*", "*it was too early*", "retries: 3, *accepted"])


@pytest.mark.parametrize("options", [(), ("-n2",)], ids=["one process", "two workers"])
def test_more_than_three_retries_fail_the_run(run, options):
    result = run(FAILS_ONCE.format(count=MAX_RETRIES + 1), *options)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {"passed": MAX_RETRIES + 1, "rerun": MAX_RETRIES + 1}
    result.stdout.fnmatch_lines(["retries: 4, which fails this run"])


def test_a_test_without_the_mark_is_not_run_again(run):
    result = run("def test_it(): assert False")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {"failed": 1}
    result.stdout.no_fnmatch_line("*retries*")


def test_a_second_failure_fails_the_test(run):
    result = run('import pytest\n\n@pytest.mark.flaky(reason="an example")\ndef test_it(): assert False')
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.parseoutcomes() == {"failed": 1, "rerun": 1}


def test_a_mark_without_a_reason_is_refused(run):
    result = run("import pytest\n\n@pytest.mark.flaky\ndef test_it(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*write why it fails*"])
