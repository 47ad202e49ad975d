"""Trains a network and sends how it goes.

`python -m examples.training.producer URL`, with the token in STICKYBOARD_TOKEN.
"""

import base64
import itertools
import os
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from examples.training.network import Array, Network
from stickyboard import SyncProducer

Event = tuple[str, dict[str, Any]]
EPOCHS, BATCH, HIDDEN = 40, 32, 48
FIRST_RATE, LAST_RATE = 0.05, 0.001
STEPS_PER_EVENT = 10
MISTAKES_PER_EPOCH = 2
EDGES = np.linspace(-1, 1, 41)
PAUSE_S = 0.05  # between events, or a run would be over before anyone looks
REST_S = 10.0  # between runs
SCALE = 8  # pixels of the picture per pixel of the digit

SUMMARY = """# {run}

A network with one hidden layer of **{hidden}** units reads handwritten digits.

- {rows} pictures of 8 by 8 pixels to learn from
- {epochs} epochs, batches of {batch}
- seed `{seed}`
"""


class Run:
    """One run: yields events while it learns.

    Args:
        seed: determines the split of the data, the first weights and the order of the rows.
        clock: seconds, for the remaining time.
    """

    def __init__(self, seed: int, epochs: int = EPOCHS, clock: Callable[[], float] = time.monotonic) -> None:
        pictures, digits = load_digits(return_X_y=True)
        self._data = train_test_split(pictures / 16, digits, test_size=0.3, random_state=seed, stratify=digits)
        self.name, self._seed, self._epochs, self._clock = f"run-{seed}", seed, epochs, clock
        self._random = np.random.default_rng(seed)
        self.network = Network(pictures.shape[1], HIDDEN, 10, self._random)
        self._steps_per_epoch = len(self._data[0]) // BATCH

    def events(self) -> Iterator[Event]:
        """Learn, and yield what is to be sent."""
        began = self._clock()
        yield from self._introduction()
        for epoch in range(1, self._epochs + 1):
            yield from self._learn(epoch)
            yield from self._evaluate(epoch)
            left_s = (self._clock() - began) / epoch * (self._epochs - epoch)
            done = {"epoch": epoch, "epochs": self._epochs, "remaining_s": left_s}
            yield "epochs", {"run": self.name, **done}
        yield self._log("info", f"finished with an accuracy of {self.accuracy():.1%}")

    def accuracy(self) -> float:
        """Return the share of unseen digits that are read correctly."""
        _, pictures, _, digits = self._data
        return float((self.network.probabilities(pictures).argmax(axis=1) == digits).mean())

    def _introduction(self) -> Iterator[Event]:
        facts = {"rows": len(self._data[0]), "epochs": self._epochs, "batch": BATCH, "seed": self._seed}
        yield "summary", {"body": SUMMARY.format(run=self.name, hidden=HIDDEN, **facts)}
        yield self._log("info", f"started with {len(self._data[0])} pictures")

    def _learn(self, epoch: int) -> Iterator[Event]:
        pictures, unseen, digits, unseen_digits = self._data
        order = self._random.permutation(len(pictures))
        for number in range(self._steps_per_epoch):
            step = (epoch - 1) * self._steps_per_epoch + number
            share = step / (self._epochs * self._steps_per_epoch)
            rate = LAST_RATE + (FIRST_RATE - LAST_RATE) * (1 + np.cos(np.pi * share)) / 2
            rows = order[number * BATCH : (number + 1) * BATCH]
            self.network.learn(pictures[rows], digits[rows], rate)
            if step % STEPS_PER_EVENT == 0:
                losses = {
                    "training": self.network.loss(pictures[rows], digits[rows]),
                    "validation": self.network.loss(unseen, unseen_digits),
                }
                yield "loss", {"run": self.name, "step": step, **losses}
                yield "rate", {"run": self.name, "step": step, "learning_rate": float(rate)}

    def _evaluate(self, epoch: int) -> Iterator[Event]:
        _, pictures, _, digits = self._data
        read = self.network.probabilities(pictures).argmax(axis=1)
        counts = np.zeros((10, 10), dtype=int)
        np.add.at(counts, (digits, read), 1)
        accuracy = float((read == digits).mean())
        yield "accuracy", {"accuracy": accuracy}
        yield "confusion", {"digits": [str(digit) for digit in range(10)], "counts": counts.tolist()}
        for digit, row in enumerate(counts):
            yield "recall", {"digit": str(digit), "recall": float(row[digit] / row.sum())}
        for layer, weights in self.network.layers.items():
            found, _ = np.histogram(weights, EDGES)
            yield "weights", {"layer": layer, "epoch": epoch, "edges": EDGES.tolist(), "counts": found.tolist()}
        wrong = np.flatnonzero(read != digits)
        for row in wrong[:MISTAKES_PER_EPOCH]:
            caption = f"{digits[row]}, read as {read[row]} after epoch {epoch}"
            yield "mistake", {"png": png(pictures[row].reshape(8, 8)), "caption": caption}
        level = "warning" if accuracy < 0.5 else "debug"
        yield self._log(level, f"epoch {epoch} of {self._epochs}: accuracy {accuracy:.1%}, {len(wrong)} mistakes")

    def _log(self, level: str, message: str) -> Event:
        return "log_line", {"level": level, "run": self.name, "message": message}


def png(shades: Array) -> str:
    """Return an enlarged grey picture as base64; shades are from 0 (black) to 1."""
    large = np.kron(np.round(255 * shades).astype(np.uint8), np.ones((SCALE, SCALE), dtype=np.uint8))
    rows = b"".join(b"\0" + row.tobytes() for row in large)
    header = struct.pack(">IIBBBBB", large.shape[1], large.shape[0], 8, 0, 0, 0, 0)
    parts = (b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)).decode()


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def main() -> None:
    """Train one run after another until interrupted."""
    with SyncProducer(sys.argv[1], os.environ["STICKYBOARD_TOKEN"], "training", when_full="drop") as board:
        for seed in itertools.count(1):
            for event_type, fields in Run(seed).events():
                board.publish(event_type, fields)
                time.sleep(PAUSE_S)
            time.sleep(REST_S)


if __name__ == "__main__":
    main()
