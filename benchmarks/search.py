"""How a sustained rate is found: double until a step fails, then go up in small steps from below that."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

STEP = 1.12
TRIES = 3
SHORT_S = 0.4
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
    """Return the highest step that held, None when not even a hundredth of the start did.

    A step that fails is tried again, as the machine may have been busy with something else.

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
        step = _try(measure, rate, seconds)
        if step.is_sustained:
            best = step
            rate *= STEP
        elif best is not None or rate < start / 100:
            break
        else:
            rate /= STEP**3
    return best


def _magnitude(measure: Measure, start: float, most: float) -> float:
    """Return the last of the doubled rates that held, or the first of the halved ones, for a short time each."""
    rate = start
    while rate <= most and _try(measure, rate, SHORT_S).is_sustained:
        rate *= 2
    if rate > start:
        return rate / 2
    while rate > start / 64 and not measure(rate, SHORT_S).is_sustained:
        rate /= 2
    return rate


def _try(measure: Measure, rate: float, seconds: float) -> Step:
    for _ in range(TRIES):
        step = measure(rate, seconds)
        if step.is_sustained:
            break
    return step
