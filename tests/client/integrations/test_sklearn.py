"""scikit-learn: scores, curves, searches, iterations."""

import pickle

import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

import stickyboard
from stickyboard.integrations.sklearn import StickyboardCallback, fit_and_log

pytestmark = pytest.mark.slow

X, Y = load_iris(return_X_y=True)


def test_a_classifier_logs_scores_and_confusion(board):
    run = stickyboard.init("t")
    model = fit_and_log(run, LogisticRegression(max_iter=500), X[::2], Y[::2], X[1::2], Y[1::2])
    run.finish(timeout_s=60)
    assert board.curve("LogisticRegression/test/score")[0][1] == model.score(X[1::2], Y[1::2])
    (matrix,) = board.of_type("run_confusion")
    assert matrix["labels"] == ["0", "1", "2"]
    assert sum(map(sum, matrix["counts"])) == 75


def test_a_model_that_learns_in_steps_logs_its_curve(board):
    run = stickyboard.init("t")
    model = fit_and_log(run, GradientBoostingRegressor(n_estimators=7), X, Y)
    run.finish(timeout_s=60)
    assert board.curve("train/loss") == list(enumerate(model.train_score_))


def test_a_search_logs_each_candidate(board):
    run = stickyboard.init("t")
    search = GridSearchCV(LogisticRegression(max_iter=500), {"C": [0.01, 1.0, 100.0]}, cv=2)
    fit_and_log(run, search, X, Y)
    run.finish(timeout_s=60)
    assert board.curve("search/score") == list(enumerate(search.cv_results_["mean_test_score"]))


@pytest.mark.filterwarnings("ignore:.*callback", "ignore::sklearn.exceptions.ConvergenceWarning")
def test_each_iteration_logs_its_scores(board):
    run = stickyboard.init("t")
    model = LogisticRegression(max_iter=5).set_callbacks(StickyboardCallback(run, X[1::2], Y[1::2]))
    model.fit(X[::2], Y[::2])
    run.finish(timeout_s=60)
    curve = board.curve("LogisticRegression/test/score")
    assert [step for step, _ in curve] == [0, 1, 2, 3, 4]
    assert curve[-1][1] == model.score(X[1::2], Y[1::2])
    assert len(board.curve("LogisticRegression/train/score")) == 5


def test_a_worker_process_gets_a_callback_without_run(board):
    run = stickyboard.init("t")
    assert pickle.loads(pickle.dumps(StickyboardCallback(run))).run is None
    run.finish(timeout_s=60)
