"""The board's style sheet joins all sheets and is cached under a name derived from its content."""

import gzip

from django.contrib.staticfiles.finders import AppDirectoriesFinder
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
    assert all(style_sheet.joined([path]) in style_sheet.board_sheet().plain for path in style_sheet.paths())


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


def test_changes_its_name_with_a_file(tmp_path):
    file = tmp_path / "theme.css"
    file.write_text(":root { --accent: green; }")
    before = style_sheet.sheet_of(style_sheet.joined([file])).name
    file.write_text(":root { --accent: red; }")
    assert style_sheet.sheet_of(style_sheet.joined([file])).name != before


def test_shortens_comments_and_indentation_outside_of_strings(tmp_path):
    file = tmp_path / "a.css"
    file.write_text("""
/* A
   box */
.a/* of */.b {
    color: red;   /* not "green" */

    &::before { content: " /* a */ \\
      b"; }
}
""")
    assert (
        style_sheet.joined([file]).decode()
        == """
/**/
.a/**/.b {
color: red;   /**/
&::before { content: " /* a */ \\
      b"; }
}
"""
    )


def test_leaves_out_only_a_missing_or_broken_sheet(tmp_path, caplog):
    texts = {
        "first": "a { color: red }",
        "open": "b { color: red; ",
        "comment": "c { color: red } /* no end",
        "quoted": "d::before { content: '}'; } /* } */",
    }
    files = [tmp_path / f"{name}.css" for name in (*texts, "gone")]
    for file, text in zip(files, texts.values(), strict=False):
        file.write_text(text)
    assert style_sheet.joined(files).decode().splitlines() == [texts["first"], "d::before { content: '}'; } /**/"]
    assert [record.args[0] for record in caplog.records] == ["open.css", "comment.css", "gone.css"]


class MissingFiles(AppDirectoriesFinder):
    """The static files of the apps without some."""

    gone = (
        "stickyboard/page/widgets/share.js",
        "stickyboard/vendor/uplot/uPlot.esm.js",
        "stickyboard/vendor/uplot/uPlot.min.css",
    )

    def find(self, path, *args, **options):
        return [] if path in self.gone else super().find(path, *args, **options)


async def test_serves_the_page_without_a_missing_file(settings, sticky):
    settings.STATICFILES_FINDERS = [f"{__name__}.MissingFiles"]
    for cached in (import_map.first_modules, style_sheet.paths):
        cached.cache_clear()
    try:
        assert (await AsyncClient().get("/")).status_code == 200
        assert not [path for path in style_sheet.paths() if path.name == "uPlot.min.css"]
    finally:
        for cached in (import_map.first_modules, style_sheet.paths):
            cached.cache_clear()
