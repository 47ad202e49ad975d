"""How a sustained rate is found: double until a step fails, then go up in small steps from below that."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STEP = 1.12
P99_LIMIT_US = 50_000


@dataclass(frozen=True)
class Step:
    """What one rate came to.

    Args:
        rate: what was asked for, per second.
        is_sustained: whether it held.
        figure: what was reached, per second.
        details: whatever the row tells of it.
    """

    rate: float
    is_sustained: bool
    figure: float
    details: dict[str, Any] = field(default_factory=dict)


Measure = Callable[[float, float], Step]  # rate, seconds


def find_sustained(
    measure: Measure, start: float, *, is_start_known: bool, seconds: float = 0.8, most: float = 1e7
) -> Step | None:
    """Return the highest step that held, None when not even a tenth of the start did.

    Each failing step is tried once more, as the machine may have been busy with something else.

    Args:
        measure: tries a rate for so many seconds.
        start: where to begin, per second.
        is_start_known: it was measured before, so there is no need to look for the magnitude.
        seconds: how long a step is.
        most: no rate above this is tried.
    """
    rate = start * 0.75 if is_start_known else _magnitude(measure, start, most)
    best = None
    while rate <= most:
        step = _twice(measure, rate, seconds)
        if step.is_sustained:
            best = step
            rate *= STEP
        elif best is not None or rate < start / 10:
            break
        else:
            rate /= STEP**3
    return best


def _magnitude(measure: Measure, rate: float, most: float) -> float:
    """Return the last of the doubled rates that held, for a short time each."""
    while rate <= most and measure(rate, 0.4).is_sustained:
        rate *= 2
    return rate / 2


def _twice(measure: Measure, rate: float, seconds: float) -> Step:
    step = measure(rate, seconds)
    return step if step.is_sustained else measure(rate, seconds)
