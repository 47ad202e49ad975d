"""scikit-learn: the scores of each fit, and the curve of models that learn in steps.

run = stickyboard.init("forest")
fit_and_log(run, RandomForestClassifier(), x_train, y_train, x_test, y_test)
"""

from typing import Any

from sklearn.base import is_classifier
from sklearn.metrics import confusion_matrix

from stickyboard.runs import Run, confusion

CURVES = {"loss_curve_": "train/loss", "validation_scores_": "val/score", "train_score_": "train/loss"}


def fit_and_log(run: Run, model: Any, x: Any, y: Any, x_test: Any = None, y_test: Any = None) -> Any:
    """Fit a model and log its curve, if it has one, its scores, and a classifier's confusion matrix.

    Returns: the fitted model.
    """
    model.fit(x, y)
    for attribute, name in CURVES.items():
        curve = getattr(model, attribute, None)
        for step, value in enumerate(() if curve is None else curve):
            run.log({name: value}, step=step)
    scores = {"train/score": model.score(x, y)}
    if x_test is not None:
        scores["test/score"] = model.score(x_test, y_test)
        if is_classifier(model):
            labels = list(model.classes_)
            counts = confusion_matrix(y_test, model.predict(x_test), labels=labels)
            run.log({f"{type(model).__name__}/confusion": confusion(labels, counts)})
    run.log({f"{type(model).__name__}/{name}": score for name, score in scores.items()})
    return model
