"""`{% board %}` and `{% scene %}` write what a page needs, once, and nothing for users without permission."""

import json
import re

import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import Context, Engine, TemplateSyntaxError
from django.test import Client

import broadcast
from broadcast.page.embed_style import derived, embed_sheet
from tests.support.host.settings import BOARDS

pytestmark = pytest.mark.django_db(transaction=True)

TAGS = Engine(libraries={"stickyboard": "broadcast.templatetags.stickyboard"}, builtins=["django.template.defaulttags"])


@pytest.fixture(autouse=True)
def host(settings, sticky):
    settings.ROOT_URLCONF = "tests.support.host.urls"
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": BOARDS, "REQUIRE_LOGIN": False}


def request_of(user=None) -> HttpRequest:
    request = HttpRequest()
    request.user = user or AnonymousUser()
    return request


def rendered(text: str, **context) -> str:
    given = {"request": request_of(), **context}
    return TAGS.from_string("{% load stickyboard %}" + text).render(Context(given))


def data_in(html: str) -> list[dict]:
    return [json.loads(text) for text in re.findall(r"data-stickyboard>(.*?)</script>", html, re.DOTALL)]


def types_in(data: dict) -> list[str]:
    return [section["type"] for section in data["update"]["sections"]]


def publish() -> None:
    broadcast.publish("model_metric", model="gbt", macro_f1=0.91)
    broadcast.publish("prediction", {"episode_id": "secret-7", "window_idx": 1, "model": "gbt", "label": "benign"})


def test_a_page_contains_a_board_and_a_type_once():
    publish()
    twice = '{% scene "model_metric" %}{% scene "live_detection" %}{% scene "model_metric" %}'
    html = rendered(twice + '{% board "lab" %}{% board "other" %}')
    first, second, rest, other = data_in(html)
    assert (first["board"], first["socket_path"]) == ("lab", "/ops/ws/board/lab/")
    assert (first["state_path"], len(first["scenes"])) == ("/ops/api/state/lab", 4)
    assert types_in(first) == ["model_metric"]
    assert (set(second), types_in(second)) == ({"board", "update"}, ["live_detection"])
    assert set(types_in(rest)) == {"attack_profile", "total_alerts"}
    assert (other["board"], len(re.findall(r'<script type="module"', html))) == ("other", 1)
    assert html.count("<div data-stickyboard") == 5
    assert first["update"]["sections"][0]["entries"][0][4]["macro_f1"] == 0.91


def test_the_markup_satisfies_a_strict_policy():
    publish()
    html = rendered('{% board "lab" height="40rem" %}')
    assert not re.search(r"\sstyle=|\son\w+=", html)
    scripts = re.findall(r"<script ([^>]*)>", html)
    assert all("src=" in script or 'type="application/json"' in script for script in scripts)


def test_values_are_never_markup():
    broadcast.publish("model_metric", model="</script><img src=x onerror=alert(1)>", macro_f1=0.5)
    html = rendered('{% scene "model_metric" height=height %}', height='"><img src=x>')
    assert "<img" not in html
    assert data_in(html)[0]["update"]["sections"][0]["entries"][0][4]["model"].startswith("</script>")
    assert "<img" not in rendered('{% scene "prediction" refused=why %}', why="<img src=x>")


@pytest.mark.parametrize(
    ("tag", "expected"), [("", ""), (' refused="Ask Ann."', "<p>Ask Ann.</p>"), (' board="secret"', "")]
)
def test_a_user_without_permission_sees_nothing(tag, expected):
    publish()
    assert rendered(f'{{% scene "prediction"{tag} %}}') == expected
    assert rendered('{% board "secret" %}') == ""


def test_a_permitted_user_sees_the_scene_and_no_cache_does():
    publish()
    request = request_of(get_user_model().objects.create_superuser("ann"))
    assert "secret-7" in rendered('{% scene "prediction" %}', request=request)
    assert request._cache_update_cache is False
    public = request_of()
    rendered('{% scene "model_metric" %}', request=public)
    assert not hasattr(public, "_cache_update_cache")


@pytest.mark.parametrize(
    ("tag", "named"),
    [
        ('{% scene "model_metrics" %}', '"model_metric"'),
        ('{% scene "nothing_like_it" %}', "live_detection"),
        ('{% scene "model_perf" board="lab" %}', "model_metric"),
        ('{% board "labs" %}', "lab"),
        ('{% scene "model_metric" board="labs" %}', "lab"),
        ('{% board "lab" theme="blue" %}', "'dark'"),
    ],
)
def test_a_wrong_name_is_an_error_that_names_valid_ones(tag, named):
    with pytest.raises(TemplateSyntaxError, match=named):
        rendered(tag)


def test_a_scene_of_two_boards_needs_the_board(settings):
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": {"a": ["model_metric"], "b": ["model_metric"]}}
    with pytest.raises(TemplateSyntaxError, match='board="a"'):
        rendered('{% scene "model_metric" %}')
    assert data_in(rendered('{% scene "model_metric" board="b" %}'))[0]["board"] == "b"


def test_a_context_without_request_is_an_error():
    with pytest.raises(TemplateSyntaxError, match="context_processors"):
        rendered('{% board "lab" %}', request=None)


async def test_the_state_is_that_of_the_serving_loop():
    await broadcast.apublish("model_metric", model="gbt", macro_f1=0.91)  # starts the runtime of this loop
    elsewhere = await sync_to_async(rendered, thread_sensitive=False)('{% scene "model_metric" %}')
    for html in (elsewhere, rendered('{% scene "model_metric" %}')):
        (section,) = data_in(html)[0]["update"]["sections"]
        assert (section["reset"], section["entries"][0][4]["model"]) == (True, "gbt")


class LazyNonce:
    """A nonce as Django's middleware sets it: false until it is used."""

    used = False

    def __bool__(self) -> bool:
        return self.used

    def __str__(self) -> str:
        self.used = True
        return "abc"


@pytest.mark.parametrize("name", ["csp_nonce", "_csp_nonce"])
def test_a_nonce_is_added_to_the_import_map(settings, name):
    custom = "tests.support.shop.event_types.EVENT_TYPES"
    settings.BROADCAST = {**settings.BROADCAST, "EVENT_TYPES": custom, "BOARDS": {}}
    request = request_of()
    setattr(request, name, LazyNonce())
    html = rendered('{% board "main" %}', request=request)
    assert '<script type="importmap" nonce="abc">' in html
    assert html.index("importmap") < html.index('type="module"')


# the style sheet


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        (":root{--a: 1rem}", ".embed-root{--a: calc(1 * var(--rem))}"),
        (':root[data-theme="light"]{}', '.embed-root[data-theme="light"]{}'),
        ("body:not(.x) .scene-body{}", ".embed-root:not(.x) .scene-body{}"),
        ("@media (width < 45rem) {.a{}}", "@container page (width < 720px) {.a{}}"),
        ("@media (45rem <= width < 100rem) {}", "@container page (720px <= width < 1600px) {}"),
        ("@media (width < 45rem) and (pointer: coarse) {}", "@media (width < 720px) and (pointer: coarse) {}"),
        ("@container scene (width < 19rem) {}", "@container scene (width < 304px) {}"),
        ('@property --a { syntax: "<length>"; }/* body */.b{}', ".b{}"),
        (".c{padding:calc(2px - .5rem)}", ".c{padding:calc(2px - calc(.5 * var(--rem)))}"),
    ],
)
def test_a_sheet_is_derived_for_shadow_roots(sheet, expected):
    assert derived(sheet) == expected


def test_the_derived_sheet_needs_nothing_of_the_page():
    plain = embed_sheet().plain.decode()
    assert not re.search(r"[\d.]rem\b|:root|@property|(?<![\w.-])body\b", plain)
    assert plain.count("{") == plain.count("}")
    served = Client().get(f"/ops/style/embed/{embed_sheet().name}.css")
    assert (served.content.decode(), "immutable" in served["Cache-Control"]) == (plain, True)
