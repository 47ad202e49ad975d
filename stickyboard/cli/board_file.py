"""Loads the file that declares a board: event types and boards in Python, and nothing else."""

import ast
import inspect
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final, NamedTuple

from django.core.exceptions import ImproperlyConfigured

from broadcast.errors import did_you_mean
from broadcast.events.board import Board, Scene
from broadcast.events.event_type import EventType
from broadcast.page import widgets
from stickyboard.cli.local import SETTINGS

UNKNOWN_OPTION: Final = re.compile(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'")


class Declared(NamedTuple):
    """What a file declares."""

    event_types: Sequence[EventType]
    boards: Sequence[Board]


class BoardFileError(ImproperlyConfigured):
    """A board file cannot be loaded; the message has the file and the line."""


def load(path: Path) -> Declared:
    """Run a board file and return its event types and boards.

    Raises:
        BoardFileError: it does not exist, raises, or declares neither.
    """
    if path.suffix != ".py":
        raise BoardFileError(f"{path} is not a Python file; expected a name that ends in .py")
    if not path.is_file():
        raise BoardFileError(f"{path} does not exist; write one with: stickyboard init {path.name}")
    namespace = _run(path)
    if "EVENT_TYPES" not in namespace and "BOARDS" not in namespace:
        raise BoardFileError(f"{path} declares no EVENT_TYPES; expected a list of EventType, see: stickyboard init")
    event_types = _listed(path, namespace, "EVENT_TYPES", EventType)
    return Declared(event_types, _listed(path, namespace, "BOARDS", Board))


def _run(path: Path) -> dict[str, Any]:
    module = ModuleType("board_file")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # msgspec resolves annotations there
    sys.path.append(str(path.parent))  # last: a file beside it may be called like a module of Python
    try:
        # Compiled each time: the stored bytecode of a file that was saved twice in a second may be the older one.
        exec(compile(path.read_bytes(), str(path), "exec"), vars(module))  # noqa: S102  # the user's own file
    except SyntaxError as exc:
        raise BoardFileError(f"{exc.filename or path}:{exc.lineno}: {exc.msg}") from exc
    except Exception as exc:
        raise BoardFileError(f"{path}:{_line_of(path, exc)}: {type(exc).__name__}: {_sentence(exc)}") from exc
    finally:
        sys.path.remove(str(path.parent))
    return vars(module)


def _sentence(exc: Exception) -> str:
    """Return the message; of an option that a widget, board or event type does not have, with those it has."""
    if not (found := UNKNOWN_OPTION.match(str(exc))):
        return str(exc)
    kind = getattr(widgets, found[1], None) or {"Board": Board, "Scene": Scene, "EventType": EventType}.get(found[1])
    names = list(inspect.signature(kind).parameters) if kind else []
    near = did_you_mean(found[2], names) or "."  # from Python 3.13 on, the message suggests one too
    return f"{found[0]}{near} Its options are {', '.join(names)}." if names else str(exc)


def _line_of(path: Path, exc: Exception) -> int:
    """Return the line of the file, not of a library, that raised."""
    frames = traceback.extract_tb(exc.__traceback__)
    return next((frame.lineno or 0 for frame in reversed(frames) if frame.filename == str(path)), 0)


def _listed(path: Path, namespace: dict[str, Any], name: str, kind: type) -> Sequence[Any]:
    given = namespace.get(name, ())
    if not isinstance(given, list | tuple):
        raise BoardFileError(f"{path}: {name} is {given!r}; expected a list of {kind.__name__}")
    for each in given:
        if not isinstance(each, kind):
            raise BoardFileError(f"{path}: {name} contains {each!r}; expected only {kind.__name__}")
    return given


def check_board(file: Path | None) -> None:
    """Run the system checks. Needs Django.

    Raises:
        BoardFileError: a check found an error; one line for each, with the line of the event type.
    """
    from django.core import checks

    from broadcast import conf

    errors = [each for each in checks.run_checks() if each.is_serious()]
    if errors:
        where = lines_of(file) if file else {}
        raise BoardFileError("\n".join(_described(error, file, where) for error in errors))
    placed = {name for names in conf.boards().values() for name in names}
    for name in conf.event_types():
        if name not in placed:
            print(f'The event type "{name}" is on no board; add Scene("{name}") to BOARDS.')


def _described(error: Any, file: Path | None, lines: dict[str, int]) -> str:
    name = next((word for word in re.findall(r"\w+", error.msg) if word in lines), "")
    where = f"{file}:{lines[name]}: " if name else ""
    end = "" if error.msg.endswith("?") else "."
    hint = (error.hint or "").replace(f"Correct its line in {SETTINGS}.", "")
    return f"{where}{error.msg}{end} {hint}".strip()


def lines_of(file: Path) -> dict[str, int]:
    """Return the line of each `EventType("name", …)`, and of each `Board("name", …)` of another name."""
    found: dict[str, dict[str, int]] = {"Board": {}, "EventType": {}}
    for call in ast.walk(ast.parse(file.read_text())):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in found:
            first = call.args[0] if call.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found[call.func.id][first.value] = call.lineno
    return {**found["Board"], **found["EventType"]}
