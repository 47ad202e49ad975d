"""System checks: each planted mistake is found, with a hint that says what to do."""

import sys
from types import ModuleType
from typing import Any

import pytest
from channels.exceptions import InvalidChannelLayerError
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from msgspec import Struct

from broadcast.checks import settings as checks_settings
from broadcast.checks.settings import check_broadcast, layer_problem
from broadcast.events.event_type import EventType
from broadcast.events.policies import counter, course, last_value, latest, ring, snapshot
from broadcast.stores.sqlite.engine import close_engines


class Metric(Struct):
    model: str
    score: float
    rows: int | None = None


def make_type(policy: Any, name: str = "metric", schema: type[Struct] = Metric) -> EventType:
    return EventType(name, schema, policy, title="Metric")


@pytest.fixture
def plant(settings, monkeypatch) -> Any:
    """Put a table of event types in place of the deployment's."""

    def put(*table: Any) -> None:
        module = ModuleType("planted")
        module.EVENT_TYPES = list(table)
        monkeypatch.setitem(sys.modules, "planted", module)
        settings.BROADCAST = {"EVENT_TYPES": "planted.EVENT_TYPES"}

    return put


def found() -> list[tuple[str, str, str]]:
    return [(problem.id, problem.msg, problem.hint) for problem in check_broadcast()]


def the_one() -> tuple[str, str, str]:
    problems = found()
    assert len(problems) == 1, problems
    return problems[0]


def test_finds_nothing_wrong_with_the_deployment() -> None:
    assert found() == []


def test_finds_a_board_that_shows_nothing(settings) -> None:
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": {"main": []}}
    assert the_one()[:2] == ("stickyboard.E004", 'board "main" has no event type')


@pytest.mark.django_db  # since 6.1 Django's own checks ask the database what it can do
def test_stops_the_check_command(settings) -> None:
    settings.BROADCAST = {**settings.BROADCAST, "MAX_EVENT_BYTE": 1}
    with pytest.raises(SystemCheckError, match=r"stickyboard.E001"):
        call_command("check")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("MAX_EVENT_BYTE", 1, 'BROADCAST has no key "MAX_EVENT_BYTE"; did you mean "MAX_EVENT_BYTES"?'),
        ("MAX_EVENT_BYTES", "64k", "expected a number above 0"),
        ("MAX_EVENT_BYTES", 0, "expected a number above 0"),
        ("MAX_EVENT_BYTES", True, "expected a number above 0"),
        ("MAX_EVENT_BYTES", 0.5, "expected a whole number"),
        ("CACHE", 3, "expected text"),
        ("BOARDS", ["main"], "expected a list of Board"),
    ],
)
def test_finds_a_bad_setting(settings, key, value, said) -> None:
    settings.BROADCAST = {**settings.BROADCAST, key: value}
    number, message, hint = the_one()
    assert number == "stickyboard.E001"
    assert said in message
    assert "docs/reference/settings.md" in hint


@pytest.mark.parametrize("path", ["nowhere.EVENT_TYPES", "dashboard_project.event_types.EVENT_TYPE", "EVENT_TYPES"])
def test_finds_a_table_that_cannot_be_imported(settings, path) -> None:
    settings.BROADCAST = {"EVENT_TYPES": path}
    number, message, hint = the_one()
    assert number == "stickyboard.E002"
    assert path in message
    assert "dotted path" in hint


def test_says_where_in_the_file_of_a_table_it_went_wrong(settings, tmp_path, monkeypatch) -> None:
    (tmp_path / "wrong_table.py").write_text(
        "from broadcast.events.event_type import EventType\n\nEVENT_TYPES = [EventType('a')]\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    settings.BROADCAST = {"EVENT_TYPES": "wrong_table.EVENT_TYPES"}
    assert the_one()[1].endswith("'policy' at wrong_table.py:3")


@pytest.mark.parametrize(
    ("event_type", "said"),
    [
        (make_type("ring"), "metric: its policy is 'ring'; expected one such as"),
        (make_type(ring(1), schema=dict), "metric: its schema is <class 'dict'>; expected a subclass of msgspec"),
        (make_type(ring(1), name=7), '"7" is not a valid name'),
        (make_type(ring(0)), "metric: per_lane is 0; expected a number above 0"),
        (make_type(course(3)), "per_lane is 3; expected at least 4"),
        (make_type(ring(-1, lane="model")), "per_lane is -1"),
        (make_type(ring(60, lane="model", max_lanes=0)), "max_lanes is 0"),
        (make_type(last_value("model", max_keys=0)), "max_keys is 0"),
        (make_type(snapshot(ttl_s=-5)), "ttl_s is -5"),
        (make_type(last_value("modle")), '"modle", which Metric does not have'),
        (make_type(last_value("rows")), '"rows" must be required'),
        (make_type(last_value("score")), '"score" is part of the key and must be str or int'),
        (make_type(counter("sum")), '"sum", which Metric does not have'),
        (make_type(latest(), name="Metric"), '"Metric" is not a valid name'),
        (make_type(latest(), name="my-metric"), '"my-metric" is not a valid name'),
    ],
)
def test_finds_an_event_type_that_could_not_work(plant, event_type, said) -> None:
    plant(event_type)
    problems = found()
    assert {number for number, _, _ in problems} == {"stickyboard.E003"}
    assert any(said in message for _, message, _ in problems)
    assert {hint for _, _, hint in problems} == {"Correct its line in planted."}


def test_finds_an_event_type_that_is_listed_twice(plant) -> None:
    plant(make_type(latest()), make_type(snapshot()))
    number, message, _ = the_one()
    assert (number, message) == ("stickyboard.E003", 'event type "metric" is defined twice')


@pytest.mark.parametrize("board", ["", "a b", "a/b", "x" * 61, "ü"])
def test_finds_a_board_that_is_no_address(settings, board) -> None:
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": {board: ["embedding"]}}
    number, message, hint = the_one()
    assert number == "stickyboard.E004"
    assert "invalid in a URL" in message
    assert "letters, digits" in hint


def test_finds_a_board_that_shows_what_does_not_exist(settings) -> None:
    settings.BROADCAST = {**settings.BROADCAST, "BOARDS": {"main": ["embedding", "embeding"]}}
    number, message, hint = the_one()
    assert (number, message[:59]) == ("stickyboard.E004", 'board "main" has an unknown event type "embeding"; did you ')
    assert "embedding" in hint


@pytest.mark.parametrize("alias", ["stiky", "default"])
def test_finds_a_store_that_is_none(settings, alias) -> None:
    settings.BROADCAST = {**settings.BROADCAST, "CACHE": alias}
    number, message, hint = the_one()
    assert (number, message) == ("stickyboard.E005", f'CACHES["{alias}"] is not a Stickyboard store')
    assert f'Set CACHES["{alias}"]' in hint
    assert "broadcast.stores.SQLiteCache" in hint


def test_finds_a_missing_channel_layer(settings) -> None:
    settings.CHANNEL_LAYERS = {}
    number, message, hint = the_one()
    assert (number, message) == ("stickyboard.E006", 'there is no CHANNEL_LAYERS["default"]')
    assert "broadcast.delivery.local_layer.LocalChannelLayer" in hint


def test_opens_no_store(settings, tmp_path) -> None:
    location = tmp_path / "sticky.sqlite3"
    settings.CACHES = {"sticky": {"BACKEND": "broadcast.stores.SQLiteCache", "LOCATION": location}}
    assert found() == []
    close_engines()
    assert not location.exists()


@pytest.mark.parametrize(
    ("store", "says"),
    [
        ({"BACKEND": "broadcast.stores.SQLiteCash", "LOCATION": "x"}, "SQLiteCash"),
        ({"BACKEND": "broadcast.stores.SQLiteCache"}, "LOCATION"),
        ({"BACKEND": "broadcast.stores.SQLiteCache", "LOCATION": "x", "OPTIONS": {"synchronous": "OFF"}}, '"OFF"'),
    ],
)
def test_finds_a_store_that_cannot_be_used(settings, store, says) -> None:
    settings.CACHES = {**settings.CACHES, "sticky": store}
    number, message, _ = the_one()
    assert number == "stickyboard.E005"
    assert says in message


def test_finds_a_channel_layer_that_cannot_be_imported(settings) -> None:
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "broadcast.delivery.local_layer.LokalChannelLayer"}}
    number, message, _ = the_one()
    assert number == "stickyboard.E006"
    assert "LokalChannelLayer" in message


LOCAL = "broadcast.delivery.local_layer.LocalChannelLayer"


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        ({"BACKEND": LOCAL, "CONFIG": {"capasity": 50}}, "'capasity'"),
        ({"BACKEND": LOCAL, "CONFG": {"capacity": 50}}, 'has no key "CONFG"; did you mean "CONFIG"?'),
        ({"BACKEND": LOCAL, "CONFIG": {"channel_capacity": 50}}, "'int' object has no attribute 'items'"),
        ({"BACKEND": LOCAL, "CONFIG": {"capacity": "50"}}, "capacity is '50'; expected a whole number above 0"),
        ({"BACKEND": LOCAL, "CONFIG": {"capacity": 0}}, "capacity is 0; expected a whole number above 0"),
        ({"BACKEND": LOCAL, "CONFIG": 50}, "must be a mapping"),
        ({"CONFIG": {}}, "No BACKEND"),
        (LOCAL, "is 'broadcast.delivery.local_layer.LocalChannelLayer'; expected a dict"),
    ],
)
def test_finds_unknown_options_of_a_channel_layer(settings, layer, says) -> None:
    settings.CHANNEL_LAYERS = {"default": layer}
    number, message, hint = the_one()
    assert number == "stickyboard.E006"
    assert says in message
    assert "capacity and channel_capacity" in hint


def test_names_the_extra_if_the_redis_packages_are_missing(monkeypatch) -> None:
    def fail(alias: str) -> None:
        try:
            raise ModuleNotFoundError("No module named 'channels_redis'")
        except ImportError:
            raise InvalidChannelLayerError("Cannot import BACKEND 'channels_redis.Layer'")

    monkeypatch.setattr(checks_settings, "get_channel_layer", fail)
    number, message, hint = the_one()
    assert number == "stickyboard.E006"
    assert message.endswith("'channels_redis.Layer': No module named 'channels_redis'")
    assert "pip install '.[server,redis]'" in hint


@pytest.mark.parametrize("table", ["tests.ops.test_checks.NO_LIST", "tests.ops.test_checks.NO_TYPES"])
def test_finds_a_table_that_is_none(settings, table) -> None:
    settings.BROADCAST = {**settings.BROADCAST, "EVENT_TYPES": table}
    number, message, _ = the_one()
    assert (number, message) == ("stickyboard.E003", f'"{table}" is not a list of EventType')


NO_LIST = None
NO_TYPES = ["model_metric"]


def test_checks_the_pub_sub_layer_without_an_event_loop(settings) -> None:
    config = {"hosts": ["redis://127.0.0.1:1/0"], "prefix": "sticky"}
    backend = "channels_redis.pubsub.RedisPubSubChannelLayer"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": backend, "CONFIG": config}}
    assert layer_problem("default") == ""
