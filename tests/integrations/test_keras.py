"""Keras: epochs, batches, and runs of one callback."""

import keras
import numpy
import pytest

import stickyboard
from stickyboard.integrations.keras import StickyboardCallback

X, Y = numpy.random.default_rng(0).random((32, 4)), numpy.arange(32) % 2


@pytest.fixture
def model() -> keras.Model:
    made = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, activation="sigmoid")], name="small")
    made.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return made


def test_each_epoch_arrives_with_its_validation(board, model):
    callback = StickyboardCallback(config={"lr": 0.01})
    history = model.fit(X, Y, epochs=3, batch_size=16, validation_split=0.25, verbose=0, callbacks=[callback])
    assert board.metrics == {"loss", "accuracy", "val/loss", "val/accuracy"}
    assert board.curve("val/loss") == list(enumerate(history.history["val_loss"]))
    assert board.statuses[-1] == "finished"
    first = board.of_type("run")[0]
    assert first["run"].startswith("small-")
    assert first["config"] == {"epochs": 3, "steps": 2, "lr": 0.01}
    assert [event["done"] for event in board.of_type("run_progress")] == [1, 2, 3]


def test_batches_arrive_if_wanted(board, model):
    model.fit(X, Y, epochs=2, batch_size=4, verbose=0, callbacks=[StickyboardCallback("t", every_batches=4)])
    assert [step for step, _ in board.curve("batch/loss")] == [4, 8, 12, 16]


def test_each_fit_is_a_run(board, model):
    callback = StickyboardCallback("t")
    for _ in range(2):
        model.fit(X, Y, verbose=0, callbacks=[callback])
    assert len({event["run"] for event in board.of_type("run_metric")}) == 2


def test_a_given_run_stays_open(board, model):
    run = stickyboard.init("t")
    model.fit(X, Y, verbose=0, callbacks=[StickyboardCallback(run)])
    run.log({"after": 1})
    run.finish()
    assert "after" in board.metrics
    assert board.statuses.count("finished") == 1
