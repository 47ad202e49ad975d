"""Compiles the C programs when they are first used, and again when their source has changed."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parent.parent
FOLDERS = {"load": FOLDER / "generator", "pauses": FOLDER / "clock"}
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "stickyboard-benchmarks"
FLAGS = ("-O2", "-Wall", "-Wextra", "-pthread")


class NoCompiler(Exception):
    """There is no C compiler on this machine."""

    def __str__(self) -> str:
        return "the load generator is a C program and there is no cc; install one (Debian: apt install gcc libc6-dev)"


def program(name: str) -> Path:
    """Return one of the compiled programs: `load`, the generator, or `pauses`.

    Raises:
        NoCompiler: it is not compiled yet, and there is no `cc`.
    """
    sources = sorted([*FOLDERS[name].glob("*.c"), *FOLDERS[name].glob("*.h")])
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    path = CACHE / f"{name}-{digest}"
    if not path.exists():
        _compile([source for source in sources if source.suffix == ".c"], path)
    return path


def _compile(sources: list[Path], path: Path) -> None:
    compiler = shutil.which("cc")
    if compiler is None:
        raise NoCompiler
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")  # renamed at the end, so that no process runs an incomplete program
    subprocess.run([compiler, *FLAGS, "-o", fresh, *sources], check=True)
    fresh.replace(path)
