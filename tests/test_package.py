"""The package as `pip install` makes it: a producer needs `msgspec` and `websockets`, and nothing of the server."""

import email
import importlib.util
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.server import ROOT, Server

NEEDED = ("msgspec", "websockets")
SENDER = """
import importlib.util, sys
from producers_api.client import SyncProducer, Watcher
assert importlib.util.find_spec("django") is None
url, token = sys.argv[1:]
with SyncProducer(url, token, spool="events.spool") as producer:
    producer.publish("model_metric", model="from a wheel", macro_f1=0.5, wait=True)

import asyncio

async def watch():
    async with Watcher(url) as watcher:
        await watcher.until(lambda w: "from a wheel" in w.values("model_metric"), 20)

asyncio.run(watch())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Build the wheel from a copy, as building writes beside the sources."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("broadcast", "producers_api", "dashboard_project"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    words = ["wheel", ".", "--no-deps", "--no-index", "--no-build-isolation", "--quiet", "-w", str(built)]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = built.glob("*.whl")
    return file


def test_it_has_both_apps_with_what_they_need_and_no_deployment(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == {"broadcast", "producers_api"}
    wanted = [
        "broadcast/py.typed",
        "broadcast/static/broadcast/connection.js",
        "broadcast/migrations/0001_initial.py",
        "producers_api/py.typed",
        "producers_api/producers/results/gbt_eval.json",
        "producers_api/management/commands/watch.py",
    ]
    assert [name for name in wanted if name not in names] == []


def test_only_the_client_is_needed_unless_more_is_asked_for(wheel):
    archive = zipfile.ZipFile(wheel)
    (metadata,) = [name for name in archive.namelist() if name.endswith("METADATA")]
    told = email.message_from_bytes(archive.read(metadata))
    needed = [line for line in told.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(re.split("[<>=]", line)[0] for line in needed) == sorted(NEEDED)
    assert {"client", "server", "redis", "demo"} <= set(told.get_all("Provides-Extra", []))


def test_a_bare_environment_with_the_wheel_sends_and_watches(wheel, tmp_path):
    bare = tmp_path / "bare"
    venv.create(bare, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(bare), "platbase": str(bare)}))
    zipfile.ZipFile(wheel).extractall(site)
    for name in NEEDED:
        spec = importlib.util.find_spec(name)
        assert spec is not None
        assert spec.origin is not None
        shutil.copytree(Path(spec.origin).parent, site / name)
    (tmp_path / "data").mkdir()
    with Server(tmp_path / "data") as server:
        command = [bare / "bin" / "python", "-I", "-W", "error", "-c", SENDER, server.http, server.token]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
