"""Numbers for values: equal values have the same number. Objects are compared and copied by their attributes."""

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

T = TypeVar("T")

# What an object computes from its other attributes when it is asked.
CACHES = {"_by_identity", "_by_value", "_answer_bytes", "_whole", "_digest"}


class Numbers(Generic[T]):
    """Numbers values in the order in which they first occur."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}
        self.values: list[T] = []

    def __len__(self) -> int:
        return len(self.values)

    def of(self, value: T) -> int:
        """Return the number of a value, which must not change from now on."""
        frozen = freeze(value)
        number = self._numbers.get(frozen)
        if number is None:
            number = self._numbers[frozen] = len(self.values)
            self.values.append(value)
        return number


def freeze(value: Any) -> Any:
    """Return a value that can be hashed, and that is equal for equal values. Dicts are equal in the same order."""
    kind = type(value)
    if kind in (str, int, float, bool, type(None), bytes):
        return value
    if kind is dict:
        return tuple((key, freeze(item)) for key, item in value.items())
    if isinstance(value, tuple | list):
        return tuple(map(freeze, value))
    return tuple((name, freeze(item)) for name, item in _attributes(value) if name not in CACHES)


def clone(value: Any) -> Any:
    """Return a copy of dicts, lists and objects, which shares tuples and other constants with the original."""
    kind = type(value)
    if kind is dict:
        return {key: clone(item) for key, item in value.items()}
    if kind is list:
        return list(map(clone, value))
    if not hasattr(value, "__dict__"):
        return value
    copy = kind.__new__(kind)
    copy.__dict__.update((name, clone(item)) for name, item in value.__dict__.items())
    return copy


def _attributes(value: Any) -> Iterator[tuple[str, Any]]:
    if hasattr(value, "__dict__"):
        return iter(vars(value).items())
    return ((name, getattr(value, name)) for name in value.__slots__)
