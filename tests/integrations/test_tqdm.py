"""tqdm: the progress of loops."""

import io

import stickyboard
from stickyboard.integrations.tqdm import tqdm


def progress(board) -> list[tuple[str, float, float | None]]:
    return [
        (event["label"].partition(" ")[2], event["done"], event["total"]) for event in board.of_type("run_progress")
    ]


def test_a_loop_ends_with_all_items_done(board):
    run = stickyboard.init("t")
    assert list(tqdm(range(1000), run=run, desc="epoch 3", file=io.StringIO())) == list(range(1000))
    run.finish()
    assert progress(board)[-1] == ("epoch 3", 1000, 1000)
    assert len(progress(board)) <= 4


def test_updates_by_hand_and_a_changed_description(board):
    run = stickyboard.init("t")
    with tqdm(total=10, file=io.StringIO()) as bar:  # of the newest run
        bar.set_description("load")
        bar.update(4)
        assert board.problems == []
    run.finish()
    assert progress(board) == [("load", 4, 10), ("load", 4, 10)]


def test_a_bar_without_run_is_a_plain_bar(board):
    output = io.StringIO()
    assert sum(tqdm(range(10), file=output)) == 45
    assert "100%" in output.getvalue()


def test_a_disabled_bar_sets_nothing(board):
    run = stickyboard.init("t")
    assert sum(tqdm(range(10), disable=True, run=run)) == 45
    with tqdm(total=10, disable=True, run=run) as bar:
        bar.update(10)
    run.finish()
    assert progress(board) == []
