"""The page lists its modules, with hashed names if there are any, and the policy allows its import map."""

import json
import re

from django.core.management import call_command
from django.test import AsyncClient

from broadcast.page.csp import policy_of
from broadcast.page.import_map import first_modules, hash_of, module_names, modules
from dashboard_project.settings import STATIC_STORAGE
from tests.support.responses import content_of
from tests.support.server import ROOT


def test_lists_every_module_and_no_script():
    files = {path.name for path in (ROOT / "broadcast").rglob("static/**/*.js")}
    assert {name.rpartition("/")[2] for name in module_names()} == files - {"theme.js"}


SCENES = ("stickyboard/page/scenes/json.js", "stickyboard/page/stage.js")  # any modules


def test_has_no_import_map_without_hashed_names():
    found = modules(SCENES)
    assert (found.import_map, found.policy) == ("", policy_of(hash_of(found.scene_script)))
    assert "/static/stickyboard/page/main.js" in found.urls


def test_imports_the_scenes_modules_before_the_first_paint():
    found = modules(SCENES)
    assert all(f'"/static/{name}"' in found.scene_script for name in SCENES)
    assert {f"/static/{name}" for name in SCENES} <= set(found.urls)
    assert "<" not in found.scene_script


def test_preloads_what_main_imports_and_no_controls():
    first = {name.rpartition("/")[2] for name in first_modules(SCENES)}
    assert {"main.js", "connection.js", "scenes.js", "json.js", "table.js", "format.js"} <= first
    assert not {"controls.js", "menu.js", "dom_to_png.js", "events.js", "theme.js"} & first
    assert first < {name.rpartition("/")[2] for name in module_names()}


def test_hashes_inline_scripts_as_browsers_do():
    # Source: https://www.w3.org/TR/CSP3/, "alert('Hello, world.');" in section 8.4
    assert hash_of("alert('Hello, world.');") == "'sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng='"


def test_allows_nothing_unsafe():
    assert "unsafe" not in policy_of("'sha256-x'")
    assert "script-src 'self' 'sha256-x';" in policy_of("'sha256-x'")


async def test_allows_its_import_map_of_hashed_names(settings, tmp_path, sticky):
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": STATIC_STORAGE}}
    call_command("collectstatic", interactive=False, verbosity=0)
    response = await AsyncClient().get("/")
    page = (await content_of(response)).decode()
    [text] = re.findall(r'<script type="importmap">(.*?)</script>', page)
    imports = json.loads(text)["imports"]

    [script] = re.findall(r'<script type="module" blocking="render">(.*?)</script>', page, re.DOTALL)
    assert hash_of(script) in response["Content-Security-Policy"]
    assert hash_of(text) in response["Content-Security-Policy"]
    assert imports.keys() == {f"/static/{name}" for name in module_names()}
    for url in (*imports.values(), *re.findall(r'(?:href|src)="(/static/[^"]+)"', page)):
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", url), url
        assert (tmp_path / url[1:]).is_file(), url
