"""Optuna: values, parameters, pruned trials, several objectives."""

import optuna
import pytest

import stickyboard
from stickyboard.integrations.optuna import log_to

optuna.logging.set_verbosity(optuna.logging.ERROR)


def test_values_parameters_and_the_best_arrive(board):
    run = stickyboard.init("t")
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=0))

    def objective(trial: optuna.Trial) -> float:
        x = trial.suggest_float("x", -1, 1)
        trial.suggest_categorical("kind", ["a", "b"])
        return x * x

    study.optimize(objective, n_trials=5, callbacks=[log_to(run)])
    run.finish()
    assert board.curve("value") == [(trial.number, trial.value) for trial in study.trials]
    assert board.curve("params/x") == [(trial.number, trial.params["x"]) for trial in study.trials]
    assert board.curve("best")[-1][1] == study.best_value
    assert "params/kind" not in board.metrics


@pytest.mark.parametrize("error", [optuna.TrialPruned, ValueError])
def test_a_trial_without_result_is_a_line(board, error):
    run = stickyboard.init("t")

    def objective(trial: optuna.Trial) -> float:
        trial.report(1, step=0)
        raise error

    optuna.create_study().optimize(objective, n_trials=1, callbacks=[log_to(run)], catch=[ValueError])
    run.finish()
    assert [event["level"] for event in board.of_type("run_log")] == ["warning"]
    assert board.metrics == set()


def test_several_objectives_are_several_curves(board):
    run = stickyboard.init("t")
    study = optuna.create_study(directions=["minimize", "maximize"])
    study.optimize(lambda trial: (1.0, 2.0), n_trials=2, callbacks=[log_to(run)])
    run.finish()
    assert board.metrics == {"value/0", "value/1"}
