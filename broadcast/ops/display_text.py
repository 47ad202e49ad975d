"""Names, values, ages, sizes and counts as texts that are safe to display."""

import json

import msgspec


def printable_name(name: str) -> str:
    r"""Return a key or lane for display: as a JSON string if it is empty or has unprintable characters.

    >>> printable_name("gbt"), printable_name(""), printable_name("a\nb")
    ('gbt', '""', '"a\\nb"')
    """
    is_plain = bool(name) and name.isprintable() and name == name.strip() and name[0] != '"'
    return name if is_plain else '"' + printable_text(json.dumps(name, ensure_ascii=False)[1:-1]) + '"'


def printable_text(text: str) -> str:
    """Return a text with unprintable characters (controls, changes of direction) as JSON escapes."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in text)


def printable_value(value: str, limit: int) -> str:
    """Return JSON text, indented and cut after `limit` characters."""
    pretty = "\n".join(map(printable_text, msgspec.json.format(value, indent=2).split("\n")))
    if len(pretty) <= limit:
        return pretty
    return f"{pretty[:limit]}\n… and {len(pretty) - limit:,} more characters"


def age_text(age_s: float) -> str:
    """Return an age in its largest unit, such as "12 s" or "3 h"."""
    for unit, length_s in (("d", 86_400), ("h", 3600), ("min", 60)):
        if age_s >= length_s:
            return f"{int(age_s // length_s)} {unit}"
    return f"{max(0, int(age_s))} s"


def bytes_text(count: int) -> str:
    """Return a number of bytes in its largest unit, such as "12 kB"."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} B"


def count_text(count: int, one: str, many: str) -> str:
    """Return a count with its noun, such as "1 entry" or "1,204 entries"."""
    return f"{count:,} {one if count == 1 else many}"
