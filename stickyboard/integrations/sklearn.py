"""scikit-learn: the scores of each fit, of each candidate of a search, and of each iteration.

run = stickyboard.init("forest")
fit_and_log(run, RandomForestClassifier(), x_train, y_train, x_test, y_test)
LogisticRegression().set_callbacks(StickyboardCallback(run, x_test, y_test)).fit(x_train, y_train)
"""

from collections.abc import Iterator, Mapping
from typing import Any

from stickyboard.integrations import library
from stickyboard.runs import Run, confusion

with library("scikit-learn", "sklearn"):
    from sklearn.base import is_classifier
    from sklearn.metrics import confusion_matrix

CURVES = {"loss_curve_": "train/loss", "validation_scores_": "val/score", "train_score_": "train/loss"}


def fit_and_log(run: Run, model: Any, x: Any, y: Any, x_test: Any = None, y_test: Any = None) -> Any:
    """Fit a model, log its curve, if it has one, its scores, and a classifier's confusion matrix; return the model."""
    model.fit(x, y)
    for name, curve in _curves_of(model):
        for step, value in enumerate(curve):
            run.log({name: value}, step=step)
    scores = {"train/score": model.score(x, y)}
    name = type(model).__name__
    if x_test is not None:
        scores["test/score"] = model.score(x_test, y_test)
        if is_classifier(model):
            counts = confusion_matrix(y_test, model.predict(x_test), labels=model.classes_)
            run.log({f"{name}/confusion": confusion(list(model.classes_), counts)})
    run.log({f"{name}/{score}": value for score, value in scores.items()})
    return model


def _curves_of(model: Any) -> Iterator[tuple[str, Any]]:
    for attribute, name in CURVES.items():
        if (curve := getattr(model, attribute, None)) is not None:
            yield name, curve
    results: Mapping[str, Any] = getattr(model, "cv_results_", {})
    yield "search/score", results.get("mean_test_score", ())


class StickyboardCallback:
    """Logs the scores after each iteration of an estimator that supports callbacks (scikit-learn 1.9 or newer).

    In a worker process of a search with `n_jobs`, it logs nothing.
    """

    def __init__(self, run: Run, x_test: Any = None, y_test: Any = None) -> None:
        self.run: Run | None = run
        self._test, self._step = (x_test, y_test), 0

    def setup(self, estimator: Any, context: Any) -> None:
        self._step = 0

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None: ...

    teardown = on_fit_task_begin

    def on_fit_task_end(
        self,
        estimator: Any,
        context: Any,
        *,
        X: Any = None,  # noqa: N803
        y: Any = None,
        fitted_estimator: Any = None,
    ) -> None:
        if self.run is None or fitted_estimator is None or context.parent is None:
            return
        scores = {"train/score": fitted_estimator.score(X, y)}
        if self._test[0] is not None:
            scores["test/score"] = fitted_estimator.score(*self._test)
        self.run.log({f"{type(estimator).__name__}/{name}": value for name, value in scores.items()}, step=self._step)
        self._step += 1

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "run": None}  # it has threads, which a worker process does not have
