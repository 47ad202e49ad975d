"""The board's style: one sheet with every one in it, kept for good under a name made of its content."""

import gzip

from django.test import AsyncClient

from dashboard_project import modules, styles
from tests.responses import content_of
from tests.server import ROOT

OF_OTHER_PAGES = {"events.css"}


def test_every_sheet_of_the_board_is_in_it_once_and_the_layout_overrules_the_scenes():
    files = sorted(path.name for path in (ROOT / "dashboard_project").rglob("static/dashboard/**/*.css"))
    names = [path.name for path in styles.paths()]
    assert sorted(names) == [name for name in files if name not in OF_OTHER_PAGES]
    assert names.index("theme.css") < names.index("totals.css") < names.index("layout.css")
    assert all(path.read_bytes() in styles.board_sheet().plain for path in styles.paths())


async def test_the_page_links_to_it_alone_and_browsers_keep_it(sticky):
    page = (await content_of(await AsyncClient().get("/"))).decode()
    url = f"/style/{styles.board_sheet().name}.css"
    assert page.count('rel="stylesheet"') == page.count(f'href="{url}"') == 1
    answer = await AsyncClient().get(url, headers={"Accept-Encoding": "gzip"})
    assert (answer["Content-Type"], answer["Content-Encoding"]) == ("text/css; charset=utf-8", "gzip")
    assert "immutable" in answer["Cache-Control"]
    assert gzip.decompress(answer.content) == (await AsyncClient().get(url)).content == styles.board_sheet().plain


async def test_under_another_ones_name_it_is_not_kept(sticky):
    answer = await AsyncClient().get("/style/0123456789ab.css")
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")


def test_a_changed_file_gives_it_another_name(monkeypatch, tmp_path):
    file = tmp_path / "theme.css"
    file.write_text(":root { --accent: green; }")
    monkeypatch.setattr(styles, "paths", lambda: (file,))
    before = styles._joined((1,)).name
    file.write_text(":root { --accent: red; }")
    assert styles._joined((2,)).name != before


def test_a_sheet_that_is_gone_or_has_no_end_takes_no_other_with_it(monkeypatch, tmp_path, caplog):
    texts = {
        "first": "a { color: red }",
        "open": "b { color: red; ",
        "comment": "c { color: red } /* no end",
        "quoted": "d::before { content: '}'; } /* } */",
    }
    files = [tmp_path / f"{name}.css" for name in (*texts, "gone")]
    for file, text in zip(files, texts.values(), strict=False):
        file.write_text(text)
    monkeypatch.setattr(styles, "paths", lambda: tuple(files))
    assert styles.board_sheet().plain.decode().splitlines() == [texts["first"], texts["quoted"]]
    assert [record.args[0] for record in caplog.records] == ["open.css", "comment.css", "gone.css"]


async def test_a_file_of_the_page_that_is_missing_takes_no_page_with_it(monkeypatch, sticky):
    found = modules.find
    gone = ("dashboard/scenes/totals.js", "dashboard/vendor/uplot/uPlot.esm.js", "dashboard/vendor/uplot/uPlot.min.css")
    monkeypatch.setattr(modules, "find", lambda name: None if name in gone else found(name))
    monkeypatch.setattr(styles, "find", lambda name: None if name in gone else found(name))
    for cached in (modules.first_modules, styles.paths):
        cached.cache_clear()
    try:
        assert (await AsyncClient().get("/")).status_code == 200
        assert not [path for path in styles.paths() if path.name == "uPlot.min.css"]
    finally:
        for cached in (modules.first_modules, styles.paths):
            cached.cache_clear()
