"""A disk that forgets what was not synchronised: records a program, and returns its files after a power failure."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.server import ROOT

SOURCE = Path(__file__).with_name("power.c")
SECTOR_BYTES = 512  # a disk writes at least this much at once


class Step(NamedTuple):
    """One call that changes the folder or brings a file to the disk, or a note of the program."""

    op: str
    name: str
    number: int = 0
    data: bytes = b""


@dataclass(eq=False)
class Inode:
    """A file: what is on the disk, and the changes that are not."""

    content: bytearray = field(default_factory=bytearray)
    pending: list[Step] = field(default_factory=list)

    def flush(self) -> None:
        for step in self.pending:
            change(self.content, step)
        self.pending.clear()


def change(content: bytearray, step: Step) -> None:
    size = step.number + len(step.data)
    if len(content) < size:
        content.extend(bytes(size - len(content)))
    if step.op == "truncate":
        del content[step.number :]
    else:
        content[step.number : size] = step.data


class Disk:
    """A folder after some steps. A file's name is on the disk once the file or the folder was synchronised."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._names: dict[str, Inode] = {}
        self._names_on_disk: dict[str, Inode] = {}
        for step in steps:
            self._take(step)

    def _take(self, step: Step) -> None:
        if step.op == "create":
            self._names[step.name] = Inode()
        elif step.op == "unlink":
            self._names.pop(step.name, None)
        elif step.op == "sync" and step.name == ".":
            self._names_on_disk = dict(self._names)
        elif step.op == "sync":
            self._names[step.name].flush()
            self._names_on_disk[step.name] = self._names[step.name]
        elif step.op != "note":
            self._names[step.name].pending.append(step)

    def after_power_failure(self, share: float, rng: random.Random) -> dict[str, bytes]:
        """Return the files, with this share of the unsynchronised sectors, sizes and names."""
        names = {**self._names_on_disk} if rng.random() >= share else {**self._names}
        return {name: self._content(inode, share, rng) for name, inode in names.items() if not name.endswith("-shm")}

    def _content(self, inode: Inode, share: float, rng: random.Random) -> bytes:
        content = bytearray(inode.content)
        for step in inode.pending:
            for part in sectors(step):
                if rng.random() < share:
                    change(content, part)
        return bytes(content)


def sectors(step: Step) -> list[Step]:
    if step.op == "truncate":
        return [step]
    parts = range(0, len(step.data), SECTOR_BYTES)
    return [Step(step.op, step.name, step.number + at, step.data[at : at + SECTOR_BYTES]) for at in parts]


@cache
def library(folder: Path) -> Path:
    """Compile the recorder; skip the test where there is no compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or sys.platform != "linux":
        pytest.skip("there is no C compiler on this machine, or it is not Linux")
    made = folder / "power.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", made, SOURCE, "-ldl", "-lpthread"], check=True)
    return made


def record(module: str, folder: Path, *words: str) -> list[Step]:
    """Run a module, whose first argument is the folder for its files; return its steps."""
    files, log = folder / "files", folder / "log"
    files.mkdir()
    variables = {"LD_PRELOAD": str(library(folder)), "POWER_FOLDER": str(files), "POWER_LOG": str(log)}
    environment = {**os.environ, **variables, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-m", module, str(files), *words], env=environment, cwd=ROOT, check=True)
    return read_log(log.read_bytes())


def read_log(log: bytes) -> list[Step]:
    steps, at = [], 0
    while at < len(log):
        end = log.index(b"\n", at)
        op, *words = log[at:end].decode().split(" ")
        at = end + 1
        if op == "note":
            steps.append(Step(op, " ".join(words)))
        elif op == "write":
            size = int(words[2])
            steps.append(Step(op, words[0], int(words[1]), log[at : at + size]))
            at += size
        else:
            steps.append(Step(op, words[0], int(words[1]) if len(words) > 1 else 0))
    return steps
