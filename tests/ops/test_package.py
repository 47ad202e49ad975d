"""The installed package: a producer needs only `msgspec` and `websockets`."""

import email
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import urllib.error
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from broadcast.page import bundle
from tests.support.admin_pages import AdminSession
from tests.support.server import ROOT, Server
from tests.support.wheels import ESBUILD, FOLDERS

pytestmark = pytest.mark.slow  # the same on every Python
BUNDLE = f"static/{bundle.FOLDER}/"
NEEDED = ("msgspec", "websockets")
OWN_FILE = re.compile(r"^```python\n# my-board/(\w+\.py)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SENDER = """
import importlib.util, sys
from stickyboard import SyncProducer, Watcher
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


def test_it_has_every_file_of_its_packages_and_nothing_else(wheel):
    found = {name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name}
    names = {name for name in found if BUNDLE not in name}
    files = {path.relative_to(ROOT) for name in FOLDERS for path in (ROOT / name).rglob("*") if path.is_file()}
    wanted = {str(file) for file in files if "__pycache__" not in file.parts}
    assert names == {re.sub("^templates/", f"{app_of(name)}/templates/", name) for name in wanted}


@pytest.mark.skipif(ESBUILD is None, reason="esbuild is missing; npm ci")
def test_it_has_the_bundled_scripts(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if BUNDLE in name}
    assert {f"broadcast/static/{name}" for name in (bundle.MAIN, bundle.CORE, bundle.CONTROLS, bundle.SOURCES)} <= names


def app_of(template: str) -> str:
    """Return the app that has a top-level template inside a wheel."""
    return "broadcast" if template.startswith("templates/stickyboard/") else "dashboard_project"


def test_only_the_client_is_needed_unless_more_is_asked_for(wheel):
    archive = zipfile.ZipFile(wheel)
    (metadata,) = [name for name in archive.namelist() if name.endswith("METADATA")]
    fields = email.message_from_bytes(archive.read(metadata))
    needed = [line for line in fields.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert sorted(re.split("[<>=]", line)[0] for line in needed) == sorted(NEEDED)
    assert {"client", "server", "redis", "demo"} <= set(fields.get_all("Provides-Extra", []))


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
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=240)
    assert (done.returncode, done.stderr) == (0, "")


@contextmanager
def installed(site: Path, folder: Path) -> Iterator[Server]:
    """Run a server of what is in the wheel alone: not from the checkout, nor in its folder."""
    environment = {"DJANGO_SETTINGS_MODULE": "dashboard_project.settings", "PYTHONPATH": str(site)}
    server = Server(folder, **environment)
    server.cwd, server.manager = folder, ["-m", "dashboard_project"]
    with server:
        yield server


def test_a_wheel_requires_a_data_folder_and_creates_none(site, tmp_path):
    environment = {"STICKYBOARD_SECRET_KEY": "only for this test", "PYTHONPATH": str(site)}
    command = [sys.executable, "-m", "dashboard_project", "migrate"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("STICKYBOARD_DATA is not set; expected the folder")
    assert list(tmp_path.iterdir()) == []


def test_a_table_and_settings_of_ones_own_need_no_change_in_it(site, tmp_path):
    files = dict(OWN_FILE.findall((ROOT / "docs" / "tutorial" / "own_board.md").read_text()))
    assert set(files) == {"my_event_types.py", "my_settings.py"}
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    environment = {
        "STICKYBOARD_SECRET_KEY": "only for this test",
        "STICKYBOARD_DATA": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "my_settings",
        "PYTHONPATH": f"{site}{os.pathsep}{tmp_path}",
    }
    command = [sys.executable, "-m", "dashboard_project", "send_event", "loss_curve", "run=a", "step=1", "loss=0.5"]
    done = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "1 of 1 applied.\n"), done.stderr


def test_it_serves_the_page_and_the_admin_without_a_checkout(site, tmp_path):
    with installed(site, tmp_path) as server:
        found = server.manage("shell", "-c", "import dashboard_project as d; print(d.__file__)")
        assert found.splitlines()[-1].startswith(str(site))
        assert server.store_file.exists()
        unknown = urllib.request.Request(f"{server.http}/", headers={"Host": "evil.example"})
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(unknown, timeout=60)
        assert (refused.value.code, "STICKYBOARD_HOSTS" in refused.value.read().decode()) == (400, True)
        refused.value.close()
        reader = AdminSession(server)
        linked = re.findall(r'"(/static/[^"]+\.(?:js|css))"', reader.read("/"))
        scripts = ("bundle/main.js", "bundle/core.js") if ESBUILD else ("page/main.js", "mirror.js")
        assert {f"/static/stickyboard/{name}" for name in scripts} <= set(linked)
        assert all(map(reader.read, linked))
        assert "model_metric" in reader.read("/docs/events/")
        server.environment["DJANGO_SUPERUSER_PASSWORD"] = "a long enough secret"
        server.manage("createsuperuser", "--noinput", "--username", "ada", "--email", "ada@example.org")
        admin = AdminSession(server)
        admin.submit("/admin/login/?next=/admin/", username="ada", password="a long enough secret")
        assert "Policy and bounds" in admin.read("/admin/stickyboard/keyspace/")
        assert "No process" not in admin.read("/admin/stickyboard/connection/")
        assert ".sticky-value" in admin.read("/static/stickyboard/admin.css")
