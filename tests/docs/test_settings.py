"""docs/reference/settings.md lists exactly the settings, variables, checks and layers, with their defaults."""

import re
from functools import cache

from tests.support.doc_pages import SETTINGS, closes, found_on, read, rows, section_of, source


def test_page_lists_exactly_the_keys_of_broadcast():
    assert set(rows(section_of(read("docs/reference/settings.md"), "## BROADCAST"))) == set(SETTINGS)


def test_page_states_the_default_of_each_key():
    table = rows(section_of(read("docs/reference/settings.md"), "## BROADCAST"))
    assert {key: eval(table[key][1].strip("`"), {"__builtins__": {}}) for key in SETTINGS} == SETTINGS


def test_pages_name_existing_keys():
    others = {
        "CHANNEL_LAYERS",
        "ALLOWED_HOSTS",
        "ASGI_APPLICATION",
        "AUTHENTICATION_BACKENDS",
        "CSRF_TRUSTED_ORIGINS",
        "FORCE_SCRIPT_NAME",
        "FORWARDED_ALLOW_IPS",
        "INSTALLED_APPS",
        "LOGIN_URL",
        "MAX_ENTRIES",
        "KEY_PREFIX",
        "REDIS_URL",
        "SECRET_KEY",
        "SECRET_KEY_FALLBACKS",
        "SECURE_PROXY_SSL_HEADER",
        "STATIC_ROOT",
        "STATIC_URL",
        "WEB_CONCURRENCY",
    }
    known = others | names_in_code() | set(SETTINGS)

    def unknown(page):
        text = page.read_text()
        named = {*re.findall(r'BROADCAST\["(\w+)"\]', text)}
        # Upper-case words with an underscore in backticks are keys of BROADCAST, except the listed ones.
        named |= {word for word in re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", text) if not word.startswith("STICKYBOARD_")}
        return named - known

    assert found_on(unknown) == {}


def names_in_code() -> set[str]:
    """Return upper-case names that are not settings: close codes, and tables of event types and scenes."""
    return {"EVENT_TYPES", "SCENES", *closes()}


@cache
def variables() -> set[str]:
    return {
        name
        for _, text in source()
        for name in re.findall(r"\b(?:STICKYBOARD_[A-Z_]+|REDIS_URL|WEB_CONCURRENCY|FORWARDED_ALLOW_IPS)\b", text)
    }


def test_page_lists_exactly_the_environment_variables():
    assert set(rows(section_of(read("docs/reference/settings.md"), "## The environment"))) == variables()


def test_pages_name_existing_variables():
    assert found_on(lambda page: set(re.findall(r"\bSTICKYBOARD_[A-Z_]+\b", page.read_text())) - variables()) == {}


def test_page_states_the_defaults_of_the_environment():
    table = rows(section_of(read("docs/reference/settings.md"), "## The environment"))
    text = read("dashboard_project/settings.py")
    defaults = re.findall(r'"(STICKYBOARD_\w+)"(?:, (?:default=)?("[^"]*"|True|False))?', text)
    assert len(defaults) >= 6
    for name, default in defaults:
        if default in ("True", "False"):
            assert table[name][1] == f"`{int(default == 'True')}`"
        elif default:
            assert table[name][1] == f"`{default[1:-1]}`"


def test_page_lists_exactly_the_system_checks():
    ids = {name for _, text in source() for name in re.findall(r'id="(\w+\.[EW]\d{3})"', text)}
    assert len(ids) >= 6
    assert set(rows(read("docs/reference/checks.md"))) == ids


def test_page_lists_the_layers_of_the_deployment():
    from dashboard_project.settings import LAYERS

    backends = {name: layer["BACKEND"] for name, layer in LAYERS.items()}
    table = rows(section_of(read("docs/reference/settings.md"), "## CHANNEL_LAYERS: what carries updates"))
    assert {name: cells[1].strip("`") for name, cells in table.items() if name in LAYERS} == backends
