"""Three scripts instead of a module per request, of which modules of other apps get the same instances."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command

from broadcast.page import bundle
from tests.support.server import ROOT

pytestmark = pytest.mark.slow  # the same on every Python
ESBUILD = bundle.find_esbuild(ROOT)
STATIC = ROOT / "broadcast" / "static"
needs_esbuild = pytest.mark.skipif(ESBUILD is None, reason="esbuild is missing; npm ci")
SAME = """
const [core, api] = await Promise.all([import("./core.js"), import("./api/page/fields.js")]);
const source = await import("../page/fields.js");
const found = Object.values(core).find((module) => module.valueAt);
console.log(JSON.stringify({
  names: Object.keys(api).sort(), wanted: Object.keys(source).sort(), same: found.valueAt === api.valueAt}));
"""


@pytest.fixture(scope="module")
def static(tmp_path_factory) -> Path:
    """Return a copy of the static files with their bundle."""
    folder = tmp_path_factory.mktemp("static") / "static"
    shutil.copytree(STATIC, folder)
    (folder / "package.json").write_text('{"type": "module"}')
    bundle.build(folder, ESBUILD or "")
    return folder


def is_current(static: Path, found: Path) -> bool:
    return bundle.is_current(static / bundle.SOURCES, lambda name: path if (path := found / name).exists() else None)


@needs_esbuild
def test_there_are_four_scripts(static) -> None:
    scripts = sorted(path.name for path in (static / bundle.FOLDER).glob("*.js"))
    assert scripts == ["controls.js", "core.js", "embed.js", "main.js"]
    for name in scripts:
        text = (static / bundle.FOLDER / name).read_text()
        assert bundle.CORE_NAME not in text
        assert "sourceMappingURL" not in text
    assert '"./core.js"' in (static / bundle.MAIN).read_text()
    assert '"./main.js"' in (static / bundle.CONTROLS).read_text()


@needs_esbuild
def test_the_first_paint_waits_for_no_menu(static) -> None:
    core, controls = ((static / name).read_text() for name in (bundle.CORE, bundle.CONTROLS))
    assert "foreignObject" in controls  # of pictures that a menu saves
    assert "foreignObject" not in core
    assert not (static / bundle.api_name("stickyboard/page/dom_to_png.js")).exists()
    names = bundle.core_modules((static / bundle.SOURCES).read_bytes())
    assert {"stickyboard/page/api.js", "stickyboard/page/widgets/lines.js"} <= names
    assert "stickyboard/page/dom_to_png.js" not in names


@needs_esbuild
def test_a_module_of_another_app_gets_the_same_instance(static) -> None:
    script = static / bundle.FOLDER / "same.js"
    script.write_text(SAME)
    done = subprocess.run(["node", str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["same"] is True
    assert found["names"] == found["wanted"]


@needs_esbuild
def test_it_is_used_only_for_the_files_that_were_bundled(static, tmp_path) -> None:
    assert is_current(static, STATIC)
    changed = tmp_path / "changed"
    shutil.copytree(STATIC, changed)
    with (changed / "stickyboard" / "mirror.js").open("a") as module:
        module.write("// changed\n")
    assert not is_current(static, changed)
    (changed / "stickyboard" / "mirror.js").unlink()
    assert not is_current(static, changed)
    shutil.copy(STATIC / "stickyboard/mirror.js", changed / "stickyboard/mirror.js")
    (changed / "stickyboard/page/menu.js").write_text("")
    assert not is_current(static, changed)
    assert not is_current(tmp_path, STATIC)


@needs_esbuild
def test_a_faulty_module_stops_the_build(tmp_path) -> None:
    shutil.copytree(STATIC, tmp_path / "static")
    (tmp_path / "static/stickyboard/page/dom.js").write_text("export const = 1;")
    with pytest.raises(subprocess.CalledProcessError):
        bundle.build(tmp_path / "static", ESBUILD or "")


@pytest.fixture
def collected(settings, tmp_path) -> Path:
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "broadcast.page.static_files.CollectedFiles"},
    }
    return tmp_path


@needs_esbuild
def test_collectstatic_bundles(collected, monkeypatch) -> None:
    monkeypatch.setenv("ESBUILD", ESBUILD or "")
    call_command("collectstatic", "--noinput", "--verbosity", "0", "--ignore=admin")
    paths = json.loads((collected / "staticfiles.json").read_text())["paths"]
    for name in (bundle.MAIN, bundle.CORE, bundle.CONTROLS, bundle.api_name("stickyboard/page/dom.js")):
        assert (collected / paths[name]).exists()
        assert paths[name] != name


def test_collectstatic_works_without_esbuild(collected, monkeypatch) -> None:
    monkeypatch.setenv("ESBUILD", "/nowhere/esbuild")
    call_command("collectstatic", "--noinput", "--verbosity", "0", "--ignore=admin")
    paths = json.loads((collected / "staticfiles.json").read_text())["paths"]
    assert "stickyboard/page/main.js" in paths
    assert not [name for name in paths if name.startswith(bundle.FOLDER)]
