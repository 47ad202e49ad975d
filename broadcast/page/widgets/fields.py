"""The fields of a Struct as a widget sees them: their paths, and the kinds of data in them."""

import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec

NUMBER, NAME, FLAG, ANY = "number", "name", "flag", "any"
NUMBERS, NAMES, MAP, PAIR, POINTS, ROWS = "numbers", "names", "map", "pair", "points", "rows"
KINDS = {
    NUMBER: "a number",
    NAME: "text or a whole number",
    FLAG: "true or false",
    NUMBERS: "a list of numbers",
    NAMES: "a list of text",
    MAP: "a dict of text to number",
    PAIR: "a pair of numbers",
    POINTS: "a list of [x, y]",
    ROWS: "a list of lists of numbers",
    ANY: "anything",
}
MAX_DEPTH = 4


def paths_of(schema: type[msgspec.Struct], depth: int = MAX_DEPTH) -> dict[str, Any]:
    """Return the types of all fields by their paths on the wire, as `values.loss`."""
    found: dict[str, Any] = {}
    for info in msgspec.structs.fields(schema):
        found[info.encode_name] = info.type
        inner = _bare(info.type)
        if depth > 1 and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            found |= {f"{info.encode_name}.{path}": hint for path, hint in paths_of(inner, depth - 1).items()}
    return found


def kinds_at(schema: type[msgspec.Struct], path: Any) -> set[str]:
    """Return every kind of data that the field at a path has; none if there is no such field. A map has every key."""
    known = paths_of(schema)
    if not isinstance(path, str):
        return set()
    if path in known:
        return kinds_of(known[path])
    parent, _, key = path.rpartition(".")
    hint = _bare(known.get(parent))
    is_in_map = key and typing.get_origin(hint) in (dict, Mapping)
    return kinds_of(typing.get_args(hint)[1]) if is_in_map else set()


def kinds_of(hint: Any) -> set[str]:
    """Return every kind of data that a field of this type has. A field of an unknown type may have any kind."""
    hint = _bare(hint)
    if hint is Any or hint is msgspec.Raw:
        return set(KINDS)
    return {ANY, *_kinds_of(hint)}


def _kinds_of(hint: Any) -> Iterator[str]:
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        common = [set(_kinds_of(_bare(each))) for each in inner]
        yield from set.intersection(*common) if common else ()
    elif origin is typing.Literal:
        yield from set.intersection(*(set(_kinds_of(type(value))) for value in inner))
    elif hint is bool:
        yield FLAG
    elif hint is int:
        yield from (NUMBER, NAME)
    elif hint is float:
        yield NUMBER
    elif hint is str or (isinstance(hint, type) and issubclass(hint, str)):
        yield NAME
    elif origin in (dict, Mapping) and NUMBER in kinds_of(inner[1]):
        yield MAP
    elif origin is tuple and Ellipsis not in inner:
        if all(NUMBER in kinds_of(each) for each in inner):
            yield NUMBERS
            yield from (PAIR,) if len(inner) == 2 else ()
    elif origin in (list, tuple, Sequence):
        yield from _kinds_of_list(inner[0])


def _kinds_of_list(item: Any) -> Iterator[str]:
    kinds = kinds_of(item)
    if NUMBER in kinds:
        yield NUMBERS
    if NAME in kinds:
        yield NAMES
    if PAIR in kinds:
        yield POINTS
    if NUMBERS in kinds:
        yield ROWS


def _bare(hint: Any) -> Any:
    """Return a type without its constraints and without None."""
    if typing.get_origin(hint) is Annotated:
        return _bare(typing.get_args(hint)[0])
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        rest = [each for each in typing.get_args(hint) if each is not type(None)]
        return _bare(rest[0]) if len(rest) == 1 else typing.Union[tuple(rest)]  # noqa: UP007  # built at run time
    return hint
