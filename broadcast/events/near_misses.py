"""What a rejected event may have meant: a misspelt field, or one of the values that a field permits."""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from broadcast.errors import did_you_mean

MISSING: Final = re.compile(r"missing required field `(.+)`$")
MAX_COMPARED: Final = 20  # fields of one event, each 80 characters, because a producer may be hostile
MAX_CHOICES: Final = 30


def misspelt(message: str, event: Mapping[str, Any], schema: type[msgspec.Struct]) -> str:
    """Return the end of a message about a missing field that names a similar field of the event; "" without one."""
    if not (missing := MISSING.search(message)):
        return ""
    known = {*schema.__struct_encode_fields__, "type"}
    others = [name for name in event if name not in known and len(name) <= 80]
    return did_you_mean(missing[1], others[:MAX_COMPARED], f'`{missing[1]}` by "{{}}"'.format)


@lru_cache(maxsize=256)
def choices(schema: type[msgspec.Struct], path: str) -> str:
    """Return the values that a field of an event permits, as JSON; "" if it is no choice, or not at the top."""
    for field in msgspec.structs.fields(schema):
        if f"$.{field.encode_name}" == path:
            values = [msgspec.json.encode(value).decode() for value in _values_of(field.type)]
            return ", ".join(values) if len(values) <= MAX_CHOICES else ""
    return ""


def _values_of(hint: Any) -> Iterator[Any]:
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    elif isinstance(hint, type) and issubclass(hint, Enum):
        yield from hint
    else:
        for part in get_args(hint):
            yield from _values_of(part)
