"""The wheel, built from this checkout."""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from broadcast.page import bundle
from tests.support.server import ROOT

ESBUILD = bundle.find_esbuild(ROOT)
FOLDERS = ("broadcast", "producers_api", "stickyboard", "dashboard_project", "templates")


def build_wheel(built: Path) -> None:
    """Build the wheel from a copy, as building writes beside the sources."""
    with tempfile.TemporaryDirectory() as folder:
        build_copy(Path(folder), built)


def build_copy(source: Path, built: Path) -> None:
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in FOLDERS:
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    words = ["wheel", ".", "--no-deps", "--no-index", "--no-build-isolation", "--quiet", "-w", str(built)]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    environment = {**os.environ, "ESBUILD": ESBUILD or ""}
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
