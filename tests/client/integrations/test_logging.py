"""Log records on the board."""

import logging
from collections.abc import Iterator

import pytest

import stickyboard
from stickyboard.integrations.logging import RunHandler


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    """A logger that propagates to nothing else."""
    made = logging.Logger("training", logging.DEBUG)
    yield made
    made.handlers.clear()


def test_records_arrive_with_level_and_format(board, logger):
    run = stickyboard.init("t")
    handler = RunHandler(run)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    logger.addHandler(handler)
    logger.debug("too fine")
    logger.info("epoch %d", 3)
    try:
        raise ValueError("bad batch")
    except ValueError:
        logger.exception("failed")
    run.finish(timeout_s=60)
    first, second = board.of_type("run_log")
    assert (first["text"], first["level"]) == ("training: epoch 3", "info")
    assert (second["level"], "ValueError: bad batch" in second["text"]) == ("error", True)


def test_the_newest_run_gets_what_has_no_run(board, logger):
    logger.addHandler(RunHandler())
    logger.info("before any run")
    run = stickyboard.init("t")
    logger.info("now")
    run.finish(timeout_s=60)
    logger.info("after it")
    assert [event["text"] for event in board.of_type("run_log")] == ["now"]


def test_the_clients_own_records_are_left_out(board):
    run = stickyboard.init("t")
    handler = RunHandler(run)
    for name in ("stickyboard.connection", "websockets.client", "stickyboards"):
        handler.handle(logging.LogRecord(name, logging.INFO, "", 1, name, (), None))
    run.finish(timeout_s=60)
    assert [event["text"] for event in board.of_type("run_log")] == ["stickyboards"]
