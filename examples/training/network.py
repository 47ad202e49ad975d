"""A network with one hidden layer, in numpy: it learns by stochastic gradient descent with momentum."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class Network:
    """Reads pictures as one of several classes.

    Args:
        random: the source of the first weights.
    """

    def __init__(self, inputs: int, hidden: int, classes: int, random: np.random.Generator) -> None:
        self.layers = {
            "hidden": random.normal(0, np.sqrt(2 / inputs), (inputs, hidden)),
            "output": random.normal(0, np.sqrt(2 / hidden), (hidden, classes)),
        }
        self._speeds = {name: np.zeros_like(weights) for name, weights in self.layers.items()}

    def probabilities(self, pictures: Array) -> Array:
        """Return the probability of each class for each picture."""
        return self._forward(pictures)[1]

    def loss(self, pictures: Array, classes: Array) -> float:
        """Return the mean cross-entropy."""
        found = self.probabilities(pictures)[np.arange(len(classes)), classes]
        return float(-np.log(np.maximum(found, 1e-12)).mean())

    def learn(self, pictures: Array, classes: Array, rate: float, momentum: float = 0.9) -> None:
        """Take one step against the gradient of the loss."""
        active, found = self._forward(pictures)
        error = found.copy()
        error[np.arange(len(classes)), classes] -= 1
        error /= len(classes)
        back = error @ self.layers["output"].T * (active > 0)
        for name, gradient in (("output", active.T @ error), ("hidden", pictures.T @ back)):
            self._speeds[name] = momentum * self._speeds[name] - rate * gradient
            self.layers[name] += self._speeds[name]

    def _forward(self, pictures: Array) -> tuple[Array, Array]:
        active = np.maximum(pictures @ self.layers["hidden"], 0)
        scores = active @ self.layers["output"]
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return active, powers / powers.sum(axis=1, keepdims=True)
