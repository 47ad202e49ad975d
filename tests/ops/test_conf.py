"""BROADCAST: a misspelt key or a bad value is reported in one sentence, and other keys have defaults."""

from dataclasses import fields

import pytest
from django.core.exceptions import ImproperlyConfigured

from broadcast import conf
from broadcast.conf import Settings
from tests.support import table

EVENT_TYPES = "tests.support.table.EVENT_TYPES"


def problems(**given) -> list[str]:
    return list(conf.problems(given))


def test_nothing_given_is_nothing_wrong():
    assert problems() == []


def test_every_default_could_be_given():
    defaults = Settings()
    assert problems(**{setting.name: getattr(defaults, setting.name) for setting in fields(Settings)}) == []


def test_a_misspelt_key_gets_a_suggestion():
    assert problems(MAX_EVENT_BYTE=1) == ['BROADCAST has no key "MAX_EVENT_BYTE"; did you mean "MAX_EVENT_BYTES"?']


def test_a_key_that_is_near_nothing_gets_no_suggestion():
    assert problems(zzz=1) == ['BROADCAST has no key "zzz"']


@pytest.mark.parametrize("value", [0, -1, "60", None, True, [1]])
def test_a_number_must_be_above_zero(value):
    assert problems(WINDOW_UPDATES=value) == [
        f'BROADCAST["WINDOW_UPDATES"] is {value!r}; expected a number above 0, such as 120'
    ]


@pytest.mark.parametrize("value", [0, -0.5, "1", None, True])
def test_seconds_must_be_above_zero(value):
    assert problems(HEARTBEAT_S=value) == [
        f'BROADCAST["HEARTBEAT_S"] is {value!r}; expected a number above 0, such as 15.0'
    ]


def test_seconds_that_are_no_number_are_refused():
    assert problems(TICK_S=float("nan"))


def test_a_count_must_be_whole():
    assert problems(WINDOW_UPDATES=1.5) == ['BROADCAST["WINDOW_UPDATES"] is 1.5; expected a whole number, such as 120']


def test_seconds_may_be_whole():
    assert problems(HEARTBEAT_S=15) == []


@pytest.mark.parametrize("value", [1, "yes"])
def test_a_switch_without_a_fixed_default_may_be_none(value):
    assert problems(REQUIRE_LOGIN=value) == [f'BROADCAST["REQUIRE_LOGIN"] is {value!r}; expected True, False or None']
    assert problems(REQUIRE_LOGIN=None) == problems(REQUIRE_LOGIN=True) == []


@pytest.mark.parametrize("value", [None, 3, ["main"]])
def test_a_name_must_be_text(value):
    assert problems(CACHE=value) == [f'BROADCAST["CACHE"] is {value!r}; expected text']


@pytest.mark.parametrize("value", [None, ["main"], {"main": "sum"}])
def test_boards_must_be_a_list_or_a_dict(value):
    (problem,) = problems(BOARDS=value)
    assert "expected a list of Board" in problem


def test_all_problems_are_reported_at_once():
    assert len(problems(CACHE=1, WINDOW_UPDATES=0, nonsense=2)) == 3


def test_what_is_given_is_laid_over_the_defaults(settings):
    settings.BROADCAST = {"WINDOW_UPDATES": 7}
    assert conf.settings() == Settings(WINDOW_UPDATES=7)


def test_no_settings_at_all_are_the_defaults(settings):
    del settings.BROADCAST
    conf.clear_cached_settings()  # Django sends no signal for a setting that is deleted
    assert conf.settings() == Settings()


def test_a_bad_value_stops_at_the_first_use(settings):
    settings.BROADCAST = {"WINDOW_UPDATES": 0}
    with pytest.raises(ImproperlyConfigured, match=r'BROADCAST\["WINDOW_UPDATES"\] is 0'):
        conf.settings()


def test_event_types_come_from_the_table_in_its_order(settings):
    settings.BROADCAST = {"EVENT_TYPES": EVENT_TYPES}
    assert list(conf.event_types().items()) == list(table.TABLE.items())


def test_there_may_be_no_table(settings):
    settings.BROADCAST = {}
    assert conf.event_types() == {}


def test_the_default_is_one_board_of_everything(settings):
    settings.BROADCAST = {"EVENT_TYPES": EVENT_TYPES}
    assert conf.boards() == {"main": table.BOARD}


def test_boards_display_the_listed_types_in_order(settings):
    settings.BROADCAST = {"EVENT_TYPES": EVENT_TYPES, "BOARDS": {"talk": ["sum", "keyed"], "none": []}}
    assert conf.boards() == {"talk": ("sum", "keyed"), "none": ()}


def test_a_board_shows_each_of_its_types_once(settings):
    settings.BROADCAST = {"EVENT_TYPES": EVENT_TYPES, "BOARDS": {"talk": ["sum", "keyed", "sum"]}}
    assert conf.boards() == {"talk": ("sum", "keyed")}


def test_changed_settings_are_read_again(settings):
    settings.BROADCAST = {"WINDOW_UPDATES": 7}
    conf.settings()
    settings.BROADCAST = {"WINDOW_UPDATES": 8}
    assert conf.settings().WINDOW_UPDATES == 8
