"""The environment: each error names the variable, its value and the allowed values."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from dashboard_project import env
from tests.support.server import ROOT

NAME = "STICKYBOARD_TEST"


@pytest.mark.parametrize("value", ["1", "true", "TRUE", "Yes", "on"])
def test_reads_a_switch_that_is_on(monkeypatch, value) -> None:
    monkeypatch.setenv(NAME, value)
    assert env.read_bool(NAME, default=False) is True


@pytest.mark.parametrize("value", ["0", "false", "No", "OFF", ""])
def test_reads_a_switch_that_is_off(monkeypatch, value) -> None:
    monkeypatch.setenv(NAME, value)
    assert env.read_bool(NAME, default=True) is False


@pytest.mark.parametrize("default", [True, False])
def test_takes_the_default_of_a_switch_that_is_not_set(monkeypatch, default) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert env.read_bool(NAME, default=default) is default


@pytest.mark.parametrize("value", ["ja", "2", " 1", "truee"])
def test_refuses_a_switch_that_is_neither(monkeypatch, value) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read_bool(NAME, default=False)
    assert f"{NAME} is {value!r}" in str(refused.value)


@pytest.mark.parametrize(
    ("value", "parts"),
    [("a.example", ["a.example"]), (" a , b,, c ,", ["a", "b", "c"]), ("", []), (" , ", [])],
)
def test_reads_a_list(monkeypatch, value, parts) -> None:
    monkeypatch.setenv(NAME, value)
    assert env.read_list(NAME, "default") == parts


def test_takes_the_default_of_a_list(monkeypatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    assert env.read_list(NAME, "localhost,[::1]") == ["localhost", "[::1]"]
    assert env.read_list(NAME) == []


def test_reads_origins(monkeypatch) -> None:
    monkeypatch.setenv(NAME, "https://slides.example, http://[::1]:8000,https://*.lab.example:8443")
    assert env.read_origins(NAME) == ["https://slides.example", "http://[::1]:8000", "https://*.lab.example:8443"]


@pytest.mark.parametrize("value", ["slides.example", "https://a.example/talk", "https://a.example;script-src *", "*"])
def test_refuses_what_is_no_origin(monkeypatch, value) -> None:
    monkeypatch.setenv(NAME, f"https://good.example,{value}")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read_origins(NAME)
    assert f"{NAME} has {value!r}" in str(refused.value)


def test_makes_a_folder_that_others_cannot_look_into(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(NAME, "~/data/../kept")
    folder = env.read_folder(NAME, Path("/elsewhere"))
    assert folder == (tmp_path / "kept").resolve()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("value", [None, ""])
def test_takes_the_default_of_a_folder_or_asks_for_its_name(monkeypatch, tmp_path, value) -> None:
    monkeypatch.delenv(NAME, raising=False)
    if value is not None:
        monkeypatch.setenv(NAME, value)
    assert env.read_folder(NAME, tmp_path) == tmp_path.resolve()
    with pytest.raises(ImproperlyConfigured, match=NAME):
        env.read_folder(NAME, None)


def test_refuses_a_folder_that_cannot_be_made(monkeypatch, tmp_path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(NAME, f"{tmp_path}/file/data")
    with pytest.raises(ImproperlyConfigured, match="/file/data"):
        env.read_folder(NAME, None)


def test_reads_a_choice(monkeypatch) -> None:
    monkeypatch.setenv(NAME, "memory")
    assert env.read_choice(NAME, "local", ("local", "memory")) == "memory"
    monkeypatch.delenv(NAME)
    assert env.read_choice(NAME, "local", ("local", "memory")) == "local"


def test_refuses_a_choice_that_is_none(monkeypatch) -> None:
    monkeypatch.setenv(NAME, "rabbit")
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read_choice(NAME, "local", ("local", "memory"))
    assert f"{NAME} is 'rabbit'" in str(refused.value)


def test_reads_a_secret(monkeypatch) -> None:
    monkeypatch.setenv(NAME, "long and random")
    assert env.read_secret(NAME, is_needed=True) == "long and random"


@pytest.mark.parametrize("value", [None, ""])
def test_a_missing_secret_is_reported_with_the_command(monkeypatch, value) -> None:
    monkeypatch.delenv(NAME, raising=False)
    if value is not None:
        monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match="token_urlsafe"):
        env.read_secret(NAME, is_needed=True)
    assert "insecure" in env.read_secret(NAME, is_needed=False)


def test_is_the_only_module_that_reads_the_environment() -> None:
    root = Path(env.__file__).resolve().parent.parent
    reads = re.compile(r"environ\.get|getenv|environ\[[^]]*\](?! = )")
    readers = [
        path.relative_to(root).as_posix()
        for app in ("broadcast", "dashboard_project")
        for path in sorted((root / app).rglob("*.py"))
        if reads.search(path.read_text())
    ]
    assert readers == ["broadcast/page/bundle.py", "dashboard_project/env.py"]  # the first at the build of a wheel


def test_does_not_start_without_a_secret_when_debug_is_off(tmp_path) -> None:
    root = Path(env.__file__).resolve().parent.parent
    ran = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=root,
        env={"PATH": "/usr/bin:/bin", "STICKYBOARD_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    assert "STICKYBOARD_SECRET_KEY is not set" in ran.stderr


def test_an_address_of_redis_is_refused_by_its_variables_name(monkeypatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis+sentinel://me:secret@host")
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL: the address") as caught:
        env.read_redis("REDIS_URL")
    assert "secret" not in str(caught.value)
    monkeypatch.setenv("REDIS_URL", "")
    assert env.read_redis("REDIS_URL") == ""


def test_a_command_reports_a_wrong_setting_in_one_sentence(tmp_path):
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("STICKYBOARD_", "DJANGO_"))}
    command = [sys.executable, str(ROOT / "manage.py"), "create_producer_token", "lab"]
    environment = {**bare, "STICKYBOARD_DATA": str(tmp_path)}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("STICKYBOARD_SECRET_KEY is not set; with DEBUG off it must be a long random text")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("value", "path"), [("", None), ("/", None), ("/board", "/board"), ("/a/b-c/", "/a/b-c"), (None, None)]
)
def test_reads_a_prefix(monkeypatch, value, path) -> None:
    if value is not None:
        monkeypatch.setenv(NAME, value)
    assert env.read_prefix(NAME) == path


@pytest.mark.parametrize("value", ["board", "//board", "http://lab/board", "/a b", "/a?b", "/a//b", "/é"])
def test_refuses_what_is_no_prefix(monkeypatch, value) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured) as refused:
        env.read_prefix(NAME)
    assert f"{NAME} is {value!r}" in str(refused.value)
