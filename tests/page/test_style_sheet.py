"""The board's style sheet joins all sheets and is cached under a name derived from its content."""

import gzip

from django.test import AsyncClient

from broadcast.page import import_map, style_sheet
from tests.support.responses import content_of
from tests.support.server import ROOT

OF_OTHER_PAGES = {"compass.css", "embed.css", "events.css", "gallery.css", "form.css"}


def test_joins_every_sheet_once_with_the_layout_last():
    files = sorted(path.name for path in (ROOT / "broadcast/static/stickyboard").glob("*/**/*.css"))
    names = [path.name for path in style_sheet.paths()]
    assert sorted(names) == [name for name in files if name not in OF_OTHER_PAGES]
    assert names.index("theme.css") < names.index("share.css") < names.index("layout.css")
    assert all(path.read_bytes() in style_sheet.board_sheet().plain for path in style_sheet.paths())


def test_joins_the_sheet_beside_an_apps_module(settings):
    settings.STATICFILES_DIRS = [ROOT / "tests/support/shop/static"]
    table = "tests.support.shop.event_types.EVENT_TYPES"
    settings.BROADCAST = {**settings.BROADCAST, "EVENT_TYPES": table, "BOARDS": {}}
    style_sheet.paths.cache_clear()
    try:
        assert [path.name for path in style_sheet.paths()][-1] == "stock.css"
    finally:
        style_sheet.paths.cache_clear()


async def test_is_the_only_sheet_and_cached(sticky):
    page = (await content_of(await AsyncClient().get("/"))).decode()
    url = f"/style/{style_sheet.board_sheet().name}.css"
    assert page.count('rel="stylesheet"') == page.count(f'href="{url}"') == 1
    answer = await AsyncClient().get(url, headers={"Accept-Encoding": "gzip"})
    assert (answer["Content-Type"], answer["Content-Encoding"]) == ("text/css; charset=utf-8", "gzip")
    assert "immutable" in answer["Cache-Control"]
    assert gzip.decompress(answer.content) == (await AsyncClient().get(url)).content == style_sheet.board_sheet().plain


async def test_is_not_cached_under_another_name(sticky):
    answer = await AsyncClient().get("/style/0123456789ab.css")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


def test_changes_its_name_with_a_file(monkeypatch, tmp_path):
    file = tmp_path / "theme.css"
    file.write_text(":root { --accent: green; }")
    monkeypatch.setattr(style_sheet, "paths", lambda: (file,))
    before = style_sheet._joined((1,)).name
    file.write_text(":root { --accent: red; }")
    assert style_sheet._joined((2,)).name != before


def test_leaves_out_only_a_missing_or_broken_sheet(monkeypatch, tmp_path, caplog):
    texts = {
        "first": "a { color: red }",
        "open": "b { color: red; ",
        "comment": "c { color: red } /* no end",
        "quoted": "d::before { content: '}'; } /* } */",
    }
    files = [tmp_path / f"{name}.css" for name in (*texts, "gone")]
    for file, text in zip(files, texts.values(), strict=False):
        file.write_text(text)
    monkeypatch.setattr(style_sheet, "paths", lambda: tuple(files))
    assert style_sheet.board_sheet().plain.decode().splitlines() == [texts["first"], texts["quoted"]]
    assert [record.args[0] for record in caplog.records] == ["open.css", "comment.css", "gone.css"]


async def test_serves_the_page_without_a_missing_file(monkeypatch, sticky):
    found = import_map.find
    gone = (
        "stickyboard/page/widgets/share.js",
        "stickyboard/vendor/uplot/uPlot.esm.js",
        "stickyboard/vendor/uplot/uPlot.min.css",
    )
    monkeypatch.setattr(import_map, "find", lambda name: None if name in gone else found(name))
    monkeypatch.setattr(style_sheet, "find", lambda name: None if name in gone else found(name))
    for cached in (import_map.first_modules, style_sheet.paths):
        cached.cache_clear()
    try:
        assert (await AsyncClient().get("/")).status_code == 200
        assert not [path for path in style_sheet.paths() if path.name == "uPlot.min.css"]
    finally:
        for cached in (import_map.first_modules, style_sheet.paths):
            cached.cache_clear()
