"""The cases: one JSON file each in `cases/`, with a sentence and steps."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).with_name("cases")


@dataclass(frozen=True)
class Case:
    """What the server sends, and what it expects of the client.

    Attributes:
        name: the file's name without its suffix.
        sentence: what a correct client does.
        steps: in order; each is an object with one field, see docs/reference/conformance.md.
    """

    name: str
    sentence: str
    steps: tuple[tuple[str, Any], ...]


def read_cases(folder: Path = FOLDER) -> list[Case]:
    """Return the cases of a folder, in the order of their names.

    Raises:
        ValueError: a file is not a case.
    """
    return [read_case(file) for file in sorted(folder.glob("*.json"))]


def read_case(file: Path) -> Case:
    try:
        content = json.loads(file.read_text())
        steps = tuple(step for (step,) in (tuple(step.items()) for step in content["steps"]))
        case = Case(file.stem, content["sentence"], steps)
    except (KeyError, TypeError, AttributeError, ValueError) as exc:
        raise ValueError(f'{file} is not a case: it needs "sentence" and "steps", each with one field') from exc
    return case
