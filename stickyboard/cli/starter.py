"""`stickyboard init`: a commented board.py as a starting point."""

import sys
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Final

from broadcast.management.parser import Parser

STARTER: Final = "board.py"


def run(words: Sequence[str]) -> int:
    parser = Parser(prog="stickyboard init", description="Writes a commented board file as a starting point.")
    parser.add_argument("file", nargs="?", type=Path, default=Path(STARTER), help=f"Default: {STARTER}.")
    file: Path = parser.parse_args(words).file
    if file.suffix != ".py":
        sys.exit(f"{file} is not the name of a Python file; type: stickyboard init {file.stem}.py")
    text = (files("stickyboard.cli") / "starter_board.py").read_text()
    try:
        with file.open("x") as target:
            target.write(text)
    except FileExistsError:
        sys.exit(f"{file} exists already; name another file: stickyboard init other.py")
    except OSError as exc:
        sys.exit(f"{file} cannot be written: {exc.strerror}")
    print(f"Wrote {file}. Next: stickyboard serve {file} --reload")
    return 0
