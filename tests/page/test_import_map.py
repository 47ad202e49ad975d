"""The page lists its modules, with hashed names if there are any, and the policy allows its import map."""

import json
import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import AsyncClient

from broadcast.page import bundle, import_map
from broadcast.page.csp import policy_of
from broadcast.page.import_map import bundled, first_modules, module_names, modules, script_source
from dashboard_project.settings import STATIC_STORAGE
from tests.support.responses import content_of
from tests.support.server import ROOT

ESBUILD = bundle.find_esbuild(ROOT) or ""
needs_esbuild = pytest.mark.skipif(not ESBUILD, reason="esbuild is missing; npm ci")


def test_lists_every_module_and_no_script():
    files = {path.name for path in (ROOT / "broadcast").rglob("static/**/*.js")}
    assert {name.rpartition("/")[2] for name in module_names()} == files - {"theme.js"}


SCENES = ("stickyboard/page/widgets/table.js", "stickyboard/page/stage_url.js")  # any modules


def test_has_no_import_map_without_hashed_names():
    found = modules(SCENES)
    assert (found.import_map, found.policy) == ("", policy_of(script_source(found.scene_script)))
    assert "/static/stickyboard/page/main.js" in found.first


def test_loads_modules_of_apps_apart_from_its_own():
    found = modules(SCENES, ("shop/stock.js",))
    assert json.loads(found.import_map) == {"imports": {"stickyboard": "/static/stickyboard/page/api.js"}}
    assert "/static/shop/stock.js" in found.first
    assert "shop" not in found.scene_script


def test_imports_the_scenes_modules_before_the_first_paint():
    found = modules(SCENES)
    assert all(f'"/static/{name}"' in found.scene_script for name in SCENES)
    assert {f"/static/{name}" for name in SCENES} <= set(found.first)
    assert "<" not in found.scene_script


def test_preloads_what_main_imports_and_no_controls():
    first = {name.rpartition("/")[2] for name in first_modules(SCENES)}
    assert {"main.js", "connection.js", "scenes.js", "table.js", "format.js"} <= first
    assert not {"controls.js", "menu.js", "dom_to_png.js", "events.js", "theme.js"} & first
    assert first < {name.rpartition("/")[2] for name in module_names()}


def test_hashes_inline_scripts_as_browsers_do():
    # Source: https://www.w3.org/TR/CSP3/, "alert('Hello, world.');" in section 8.4
    assert script_source("alert('Hello, world.');") == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"


def test_allows_nothing_unsafe():
    assert "unsafe" not in policy_of("'sha256-x'")
    assert "script-src 'self' 'sha256-x';" in policy_of("'sha256-x'")


@pytest.fixture(scope="module")
def folders() -> dict[str, Path]:
    """The folders whose `static` has the collected files, by the esbuild that bundled them."""
    return {}


@pytest.fixture
def collect(settings, folders, tmp_path_factory, monkeypatch):
    """Return a function that collects the files with an esbuild, once for all tests, and returns their folder."""

    def run(esbuild: str) -> Path:
        is_first = esbuild not in folders
        folder = folders.setdefault(esbuild, tmp_path_factory.mktemp("collected"))
        settings.STATICFILES_DIRS = [ROOT / "tests/support/shop/static"]
        settings.STATIC_ROOT = folder / "static"
        settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": STATIC_STORAGE}}
        monkeypatch.setenv("ESBUILD", esbuild)
        if is_first:
            call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin"])
        bundled.cache_clear()
        import_map.found.cache_clear()
        return folder

    yield run
    bundled.cache_clear()
    import_map.found.cache_clear()


def check_urls(urls, folder):
    for url in urls:
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", url), url
        assert (folder / url[1:]).is_file(), url


async def test_allows_its_import_map_of_hashed_names(collect, sticky):
    folder = collect("/nowhere/esbuild")
    response = await AsyncClient().get("/")
    page = (await content_of(response)).decode()
    [text] = re.findall(r'<script type="importmap">(.*?)</script>', page)
    imports = json.loads(text)["imports"]

    [script] = re.findall(r'<script type="module" blocking="render">(.*?)</script>', page, re.DOTALL)
    assert script_source(script) in response["Content-Security-Policy"]
    assert script_source(text) in response["Content-Security-Policy"]
    assert imports.keys() == {f"/static/{name}" for name in module_names()}
    check_urls([*imports.values(), *re.findall(r'(?:href|src)="(/static/[^"]+)"', page)], folder)


@needs_esbuild
@pytest.mark.slow  # the same on every Python
async def test_a_bundled_page_needs_few_requests(collect, sticky):
    folder = collect(ESBUILD)
    response = await AsyncClient().get("/")
    page = (await content_of(response)).decode()
    assert "importmap" not in page
    assert response["Content-Security-Policy"] == policy_of()
    requested = set(re.findall(r'(?:href|src)="(/s[^"]+)"', page))
    preloaded = re.findall(r"<([^>]+)>; rel=(?:preload; as|modulepreload)", response["Link"])
    assert len(preloaded) == 4
    assert set(preloaded) < requested
    check_urls([url for url in requested if url.startswith("/static/")], folder)
    assert len(requested) <= 8
    scripts = [url for url in requested if "/bundle/" in url]
    assert len(scripts) == 3
    for name in ("main", "controls"):
        [script] = [url for url in scripts if f"/{name}." in url]
        imported = re.findall(r'from"\./([^"]+)"', (folder / script[1:]).read_text())
        assert imported
        assert {f"/static/{bundle.FOLDER}/{each}" for each in imported} < set(scripts)


@needs_esbuild
@pytest.mark.slow
def test_modules_of_other_apps_import_the_bundled_ones(collect):
    collect(ESBUILD)
    own = "stickyboard/page/events.js"  # any module that is not bundled
    found = modules(("stickyboard/page/fields.js", own))
    imports = json.loads(found.import_map)["imports"]
    assert "bundle/api/page/fields" in imports["/static/stickyboard/page/fields.js"]
    assert "bundle/api/page/scene_loader" in imports["/static/stickyboard/page/scene_loader.js"]
    assert "/page/events" in imports[f"/static/{own}"]
    assert "fields.js" not in found.scene_script
    assert f'"/static/{own}"' in found.scene_script
    assert script_source(found.scene_script) in found.policy


BUNDLED = pytest.param(ESBUILD, "bundle/api/page/api.", marks=[needs_esbuild, pytest.mark.slow])


@pytest.mark.parametrize(("esbuild", "api"), [("/nowhere/esbuild", "/page/api."), BUNDLED])
def test_maps_an_apps_module_and_those_beside_it(collect, esbuild, api):
    collect(esbuild)
    imports = json.loads(modules((), ("shop/stock.js",)).import_map)["imports"]
    for name in ("stock", "counted"):
        assert re.fullmatch(rf"/static/shop/{name}\.[0-9a-f]{{12}}\.js", imports[f"/static/shop/{name}.js"])
    assert api in imports["stickyboard"]
    assert imports["stickyboard"] == imports["/static/stickyboard/page/api.js"]
