"""Who sent something, in words: whatever lets producers in says what it calls them, as this app cannot know."""

from collections.abc import Callable, Iterable, Mapping

# From `Write.producer` to a name that people know; what is not in the answer is shown as it is.
Naming = Callable[[Iterable[str]], Mapping[str, str]]

_namings: list[Naming] = []


def name_with(naming: Naming) -> None:
    """Have producers named by this from now on."""
    _namings.append(naming)


def names_of(producers: Iterable[str]) -> dict[str, str]:
    """Return a name for each producer; "" stays "", as that is nobody."""
    asked = {producer for producer in producers if producer}
    named = {producer: name for naming in _namings for producer, name in naming(asked).items()}
    return {"": "", **{producer: named.get(producer, producer) for producer in asked}}
