"""XGBoost and LightGBM: the rounds, with and without cross-validation."""

import lightgbm
import numpy
import xgboost

import stickyboard
from stickyboard.integrations import lightgbm as for_lightgbm
from stickyboard.integrations import xgboost as for_xgboost

X, Y = numpy.random.default_rng(0).random((80, 4)), numpy.arange(80) % 2
BINARY = {"objective": "binary", "metric": ["binary_logloss", "auc"], "verbose": -1, "min_data_in_leaf": 5}


def test_rounds_of_xgboost_arrive(board):
    data, results = xgboost.DMatrix(X, Y), {}
    callbacks = [for_xgboost.StickyboardCallback("trees", config={"depth": 2})]
    sets = [(data, "train"), (data, "valid")]
    xgboost.train({"max_depth": 2}, data, 5, evals=sets, evals_result=results, verbose_eval=False, callbacks=callbacks)
    assert board.metrics == {"train/rmse", "valid/rmse"}
    assert board.curve("valid/rmse") == list(enumerate(results["valid"]["rmse"]))
    assert board.of_type("run")[-1]["config"] == {"depth": 2}
    assert board.statuses[-1] == "finished"


def test_cross_validation_of_xgboost_logs_means(board):
    run = stickyboard.init("t")
    callbacks = [for_xgboost.StickyboardCallback(run)]
    table = xgboost.cv({}, xgboost.DMatrix(X, Y), 3, nfold=2, callbacks=callbacks, as_pandas=False)
    run.finish()
    assert [value for _, value in board.curve("test/rmse")] == table["test-rmse-mean"]


def test_rounds_of_lightgbm_arrive(board):
    run = stickyboard.init("t")
    results: dict[str, dict[str, list[float]]] = {}
    callbacks = [for_lightgbm.log_to(run), lightgbm.record_evaluation(results)]
    data = lightgbm.Dataset(X, Y)
    lightgbm.train(BINARY, data, 6, valid_sets=[data], valid_names=["valid"], callbacks=callbacks)
    run.finish()
    assert board.curve("valid/auc") == list(enumerate(results["valid"]["auc"]))
    assert board.of_type("run_progress")[-1]["done"] == 6


def test_cross_validation_of_lightgbm_logs_means(board):
    run = stickyboard.init("t")
    results = lightgbm.cv(BINARY, lightgbm.Dataset(X, Y), 3, nfold=2, callbacks=[for_lightgbm.log_to(run)])
    run.finish()
    assert [value for _, value in board.curve("valid/auc")] == results["valid auc-mean"]
