"""The page's inlined state is harmless inside a script element."""

import gzip
import json
from typing import Any

import msgspec
import pytest
from django.contrib.auth import get_user_model
from django.test import AsyncClient, Client

from broadcast.delivery.state_cache import escaped
from broadcast.events.board import Board, Scene
from broadcast.events.validation import Validator
from tests.support.responses import content_of
from tests.support.table import TABLE

HOSTILE = "</script><!--<script>&amp; ü 🐙 \u2028"


def state_of(page: str) -> Any:
    _, _, rest = page.partition('id="board-state">')
    return json.loads(rest.partition("</script>")[0])


def test_escapes_the_inlined_json() -> None:
    text = escaped(json.dumps({"update": [HOSTILE]}, ensure_ascii=False).encode()).decode()
    assert json.loads(text) == {"update": [HOSTILE]}
    assert not set("<>&") & set(text)


async def test_inlines_the_stored_state(sticky) -> None:
    await sticky.aset("model_metric:gbt", {"note": HOSTILE})
    page = (await content_of(await AsyncClient().get("/"))).decode()
    (metric,) = [s for s in state_of(page)["update"]["sections"] if s["entries"]]
    assert metric["entries"][0][4] == {"note": HOSTILE}


@pytest.mark.parametrize(("names", "first"), [(("talk", "main"), "main"), (("talk", "lab"), "talk")])
async def test_shows_main_or_else_the_first_board(names, first, sticky, settings) -> None:
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": {name: ["embedding"] for name in names}}
    page = (await content_of(await AsyncClient().get("/"))).decode()
    assert f'"board":"{first}"' in page


async def test_forbids_framing_unless_configured(sticky, settings) -> None:
    alone = await AsyncClient().get("/")
    assert "frame-ancestors 'none'" in alone["Content-Security-Policy"]
    assert alone["X-Frame-Options"] == "DENY"
    settings.STICKYBOARD_EMBEDDED_BY = ["https://slides.example", "https://wiki.example"]
    embedded = await AsyncClient().get("/")
    assert "frame-ancestors https://slides.example https://wiki.example" in embedded["Content-Security-Policy"]
    assert "X-Frame-Options" not in embedded
    assert (await AsyncClient().get("/login/"))["X-Frame-Options"] == "DENY"


async def test_describes_scenes_colours_and_title_of_a_board(sticky, settings) -> None:
    board = Board("main", "Models", [Scene("embedding", size="wide", number=3), "model_perf"], {"gbt": 2})
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": [board]}
    page = (await content_of(await AsyncClient().get("/"))).decode()
    state = state_of(page)
    assert "<title>Models · Stickyboard</title>" in page
    assert [(each["name"], each["size"], each["number"]) for each in state["scenes"]] == [
        ("embedding", "wide", 3),
        ("model_perf", "narrow", None),
    ]
    assert state["colours"] == {"gbt": 2}


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [("gzip, deflate, br", True), ("br;q=1.0, gzip;q=0.5", True), ("br", False), ("gzip;q=0", False), ("", False)],
)
async def test_compresses_the_page_if_accepted(sticky, accepted, is_compressed) -> None:
    answer = await AsyncClient().get("/", headers={"Accept-Encoding": accepted})
    assert (answer.get("Content-Encoding") == "gzip") is is_compressed
    assert "Accept-Encoding" in answer["Vary"]
    content = await content_of(answer)
    page = gzip.decompress(content) if is_compressed else content
    assert b'id="board-state"' in page
    assert answer["Content-Length"] == str(len(content))


async def test_has_an_accepted_example_of_each_type(sticky, settings) -> None:
    settings.BROADCAST = {**settings.BROADCAST, "EVENT_TYPES": "tests.support.table.EVENT_TYPES", "BOARDS": {}}
    page = (await content_of(await AsyncClient().get("/"))).decode()
    kinds = state_of(page)["event_types"]
    assert [kind["name"] for kind in kinds] == list(TABLE)
    validator = Validator(TABLE, 1_000, 100)
    for kind in kinds:
        assert validator.check(msgspec.json.encode(kind["example"]))[0] is TABLE[kind["name"]]


@pytest.mark.parametrize("is_debug", [True, False])
async def test_lists_the_boards_for_an_unknown_one(is_debug, sticky, settings) -> None:
    settings.DEBUG = is_debug
    settings.BROADCAST = {
        **settings.BROADCAST,
        "REQUIRE_LOGIN": False,
        "BOARDS": {"main": ["embedding"], "lab-2": ["embedding"]},
    }
    answer = await AsyncClient().get("/b/no<b>there/")
    page = answer.content.decode()
    assert answer.status_code == 404
    assert "There is no board “<bdi>no&lt;b&gt;there</bdi>”" in page
    assert 'href="/b/lab-2/">Lab 2</a>' in page
    assert "stickyboard/page/page.css" in page
    assert len((await AsyncClient().get(f"/b/{'x' * 5000}/")).content) < 3000


@pytest.mark.parametrize("path", ["/b/items/", "/b/nothere/", "/docs/events/"])
async def test_a_board_may_have_the_name_of_a_method_of_a_dict(path, sticky, settings) -> None:
    boards = {"items": ["embedding"], "lab": ["embedding"]}
    settings.BROADCAST = {**settings.BROADCAST, "REQUIRE_LOGIN": False, "BOARDS": boards}
    page = (await content_of(await AsyncClient().get(path))).decode()
    assert ">Items</a>" in page
    assert ">Lab</a>" in page


async def test_lists_boards_only_to_permitted_users(sticky, settings) -> None:
    settings.BROADCAST = {**settings.BROADCAST, "REQUIRE_LOGIN": True, "BOARDS": {"secret": ["embedding"]}}
    for path in ("/b/nothere/", "/b/secret/"):
        answer = await AsyncClient().get(path)
        assert (answer.status_code, answer["Location"]) == (302, f"/login/?next={path}")
    assert "secret" not in (await AsyncClient().get("/nothere/")).content.decode()


async def test_links_to_the_board_from_a_404_page(sticky, settings) -> None:
    settings.DEBUG = False
    answer = await AsyncClient().get("/nothere/")
    assert answer.status_code == 404
    assert 'href="/docs/events/"' in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.django_db(transaction=True)
async def test_a_user_without_permission_may_log_in_as_another(sticky, settings) -> None:
    boards = [Board("secret", scenes=["embedding"], permission="auth.view_user")]
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": boards}
    client = AsyncClient()
    await client.aforce_login(await get_user_model().objects.acreate_user("<mira>"))
    answer = await client.get("/b/secret/")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "An administrator can grant" in page
    assert "<bdi>&lt;mira&gt;</bdi>" in page
    assert 'action="/logout/"' in page


@pytest.mark.django_db
def test_a_refused_form_and_page_are_explained(sticky, settings) -> None:
    settings.DEBUG = False
    client = Client(enforce_csrf_checks=True)
    user = get_user_model().objects.create_user("staff", is_staff=True)
    assert "<title>Log in · Stickyboard</title>" in client.get("/login/").content.decode()
    outdated = client.post("/login/", {"username": "<b>"})
    client.force_login(user)
    denied = client.get("/admin/auth/user/")
    for answer, expected in ((outdated, "STICKYBOARD_TRUSTED_ORIGINS"), (denied, 'action="/logout/"')):
        page = answer.content.decode()
        assert answer.status_code == 403
        assert expected in page
        assert "stickyboard/page/form.css" in page
        assert "<style" not in page  # the policy forbids it
        assert "<title> ·" not in page
