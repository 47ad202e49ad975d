"""A pytest plugin that prints and counts retries, and fails a run with more than `MAX_RETRIES` of them.

pytest-rerunfailures runs a failed test again if it is marked with `@pytest.mark.flaky(reason="…")`. The reason names
what in real time the test depends on. A test without the mark is never run again.
"""

from collections.abc import Iterator

import pytest

MAX_RETRIES = 3


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a mark that does not explain itself, before anything runs."""
    for item in items:
        for mark in item.iter_markers("flaky"):
            if not mark.kwargs.get("reason"):
                raise pytest.UsageError(f'{item.nodeid}: write why it fails: @pytest.mark.flaky(reason="…")')


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """Fail the run if there were too many retries. With xdist, only the controller has counted all of them."""
    yield
    if len(_retries(session.config)) > MAX_RETRIES and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print each retry with the failure that caused it, and their number."""
    retries = _retries(config)
    if not retries:
        return
    terminalreporter.section("retries")
    for report in retries:
        terminalreporter.write_sep("_", report.nodeid)
        terminalreporter.write_line(report.longreprtext)
    verdict = "which fails this run" if len(retries) > MAX_RETRIES else f"up to {MAX_RETRIES} are accepted"
    terminalreporter.write_line(f"retries: {len(retries)}, {verdict}")


def _retries(config: pytest.Config) -> list[pytest.TestReport]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    return reporter.stats.get("rerun", []) if reporter else []
