"""docs/reference/settings.md says every setting, variable, check and layer with its default, and no other."""

import re

import pytest

from tests.docs.pages import PAGES, SETTINGS, closes, read, rows, section_of, source


def test_settings_says_every_key_of_broadcast_and_no_other():
    assert set(rows(section_of(read("docs/reference/settings.md"), "## BROADCAST"))) == set(SETTINGS)


@pytest.mark.parametrize("key", SETTINGS)
def test_settings_says_the_default_of(key):
    said = rows(section_of(read("docs/reference/settings.md"), "## BROADCAST"))[key][1].strip("`")
    assert eval(said, {"__builtins__": {}}) == SETTINGS[key]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_key_that_does_not_exist(page):
    text = page.read_text()
    named = {*re.findall(r'BROADCAST\["(\w+)"\]', text)}
    # Words in capitals with an underscore in backticks are keys of BROADCAST, but for those of others.
    named |= {word for word in re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", text) if not word.startswith("STICKYBOARD_")}
    others = {
        "CHANNEL_LAYERS",
        "ALLOWED_HOSTS",
        "ASGI_APPLICATION",
        "AUTHENTICATION_BACKENDS",
        "CSRF_TRUSTED_ORIGINS",
        "FORCE_SCRIPT_NAME",
        "FORWARDED_ALLOW_IPS",
        "LOGIN_URL",
        "MAX_ENTRIES",
        "KEY_PREFIX",
        "REDIS_URL",
        "SECURE_PROXY_SSL_HEADER",
        "STATIC_URL",
        "WEB_CONCURRENCY",
    }
    assert named - others - names_in_code() <= set(SETTINGS)


def names_in_code() -> set[str]:
    """Return names in capitals that are no settings: close codes, and tables of event types and scenes."""
    return {"EVENT_TYPES", "SCENES", *closes()}


def variables() -> set[str]:
    return {
        name
        for _, text in source()
        for name in re.findall(r"\b(?:STICKYBOARD_[A-Z_]+|REDIS_URL|WEB_CONCURRENCY|FORWARDED_ALLOW_IPS)\b", text)
    }


def test_settings_says_every_environment_variable_and_no_other():
    assert set(rows(section_of(read("docs/reference/settings.md"), "## The environment"))) == variables()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_variable_that_does_not_exist(page):
    assert set(re.findall(r"\bSTICKYBOARD_[A-Z_]+\b", page.read_text())) <= variables()


def test_settings_says_every_default_of_the_environment():
    table = rows(section_of(read("docs/reference/settings.md"), "## The environment"))
    text = read("dashboard_project/settings.py")
    defaults = re.findall(r'"(STICKYBOARD_\w+)"(?:, (?:default=)?("[^"]*"|True|False))?', text)
    assert len(defaults) >= 6
    for name, default in defaults:
        if default in ("True", "False"):
            assert table[name][1] == f"`{int(default == 'True')}`"
        elif default:
            assert table[name][1] == f"`{default[1:-1]}`"


def test_settings_says_every_check_and_no_other():
    ids = {name for _, text in source() for name in re.findall(r'id="(\w+\.[EW]\d{3})"', text)}
    assert len(ids) >= 6
    assert set(rows(read("docs/reference/checks.md"))) == ids


def test_settings_says_every_layer_of_the_deployment():
    from dashboard_project.settings import LAYERS

    backends = {name: layer["BACKEND"] for name, layer in LAYERS.items()}
    table = rows(section_of(read("docs/reference/settings.md"), "## CHANNEL_LAYERS: what carries updates"))
    assert {name: cells[1].strip("`") for name, cells in table.items() if name in LAYERS} == backends
