"""`check --deploy`: clean under the settings that the docs name for production, and exact about each that is not."""

import os
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.support import warm
from tests.support.redis_server import RedisServer
from tests.support.server import ROOT, Server

DOCUMENTED = dict(
    re.findall(
        r"^((?:STICKYBOARD|FORWARDED)_\w+)=(\S+)$",
        (ROOT / "docs" / "how-to" / "secure.md").read_text(),
        re.MULTILINE,
    )
)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """A folder with accounts and collected files in it."""
    folder = tmp_path_factory.mktemp("production")
    folder.chmod(0o750)
    assert manage("migrate", "--verbosity", "0", STICKYBOARD_DATA=str(folder))[0] == 0
    assert manage("collectstatic", "--noinput", "--verbosity=0", "--ignore=admin", STICKYBOARD_DATA=str(folder))[0] == 0
    return folder


def manage(*words: str, **changed: str) -> tuple[int, str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("STICKYBOARD_")}
    settings = {**plain, "DJANGO_SETTINGS_MODULE": "dashboard_project.settings", **DOCUMENTED, **changed}
    command = [sys.executable, str(ROOT / "manage.py"), *words]
    done = warm.run(command, settings, ROOT)
    return done.returncode, done.stdout + done.stderr


def test_the_documented_settings_are_those_that_matter():
    assert {"STICKYBOARD_SECRET_KEY", "STICKYBOARD_HTTPS", "STICKYBOARD_HOSTS", "STICKYBOARD_DATA"} <= set(DOCUMENTED)


def test_is_clean_under_the_documented_settings(data):
    code, said = manage("check", "--deploy", "--fail-level", "WARNING", STICKYBOARD_DATA=str(data))
    assert (code, said) == (0, "System check identified no issues (2 silenced).\n")


def test_the_plain_check_asks_nothing_of_production(data):
    code, said = manage("check", "--fail-level", "WARNING", STICKYBOARD_DATA=str(data), STICKYBOARD_HOSTS="*")
    assert code == 0, said


WRONG = {
    "STICKYBOARD_SECRET_KEY=short STICKYBOARD_DEBUG=1 STICKYBOARD_HOSTS=* STICKYBOARD_METRICS_TOKEN=guess": [
        *("stickyboard.W022", "stickyboard.W023", "security.W009", "security.W018"),
    ],
    "STICKYBOARD_HTTPS=0 STICKYBOARD_HOSTS=localhost,127.0.0.1": [
        *("stickyboard.W024", "security.W004", "security.W008", "security.W012", "security.W016"),
    ],
}


@pytest.mark.parametrize("changes", WRONG)
def test_says_exactly_what_is_wrong(data, changes):
    changed = {"STICKYBOARD_DATA": str(data), **dict(change.split("=") for change in changes.split())}
    code, said = manage("check", "--deploy", "--fail-level", "WARNING", **changed)
    assert code == 1
    assert sorted(re.findall(r"\((\w+\.[EW]\d{3})\)", said)) == sorted(WRONG[changes])


def test_probes_and_producers_reach_a_server_behind_https(tmp_path):
    hosts = f"{DOCUMENTED['STICKYBOARD_HOSTS']},127.0.0.1"  # where tests look for their servers
    documented = {**DOCUMENTED, "STICKYBOARD_DATA": str(tmp_path), "STICKYBOARD_HOSTS": hosts}
    with Server(tmp_path, **documented) as server:
        address = server.http.replace("127.0.0.1", "localhost")
        token = {"Authorization": f"Bearer {DOCUMENTED['STICKYBOARD_METRICS_TOKEN']}"}
        for path in ("livez", "readyz", "healthz", "metrics"):
            request = urllib.request.Request(f"{address}/{path}", headers=token)
            with urllib.request.urlopen(request, timeout=60) as answer:
                assert answer.status == 200
                assert answer.url == request.full_url
        event, sender = b'{"type":"total_alerts","alerts":1}', {"Authorization": f"Bearer {server.token}"}
        post = urllib.request.Request(f"{address}/api/events", data=event, headers=sender)
        with urllib.request.build_opener(NoRedirect).open(post, timeout=60) as answer:
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.build_opener(NoRedirect).open(f"{address}/", timeout=60)
        with refused.value as answer:
            assert answer.headers["Location"].startswith("https://")


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


@pytest.fixture
def copy(data, tmp_path) -> Path:
    """A folder of its own for a test that harms it."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o750)
    (folder / "accounts.sqlite3").touch(mode=0o600)
    (folder / "accounts.sqlite3").write_bytes((data / "accounts.sqlite3").read_bytes())
    (folder / "static").symlink_to(data / "static")
    return folder


def found_in(folder: Path) -> tuple[list[str], str]:
    code, said = manage("check", "--deploy", "--fail-level", "WARNING", STICKYBOARD_DATA=str(folder))
    assert code == 1
    return re.findall(r"\((\w+\.[EW]\d{3})\)", said), said


def test_finds_a_folder_that_others_can_read(copy):
    copy.chmod(0o755)
    ids, said = found_in(copy)
    assert ids == ["stickyboard.W021"]
    assert f"chmod o= {copy}" in said


SLOW = pytest.mark.slow  # the same for another file or setting; each starts a process


@pytest.mark.parametrize("name", ["accounts.sqlite3", pytest.param("sticky.sqlite3", marks=SLOW)])
def test_finds_a_file_that_others_can_read(copy, name):
    assert manage("show_sticky", STICKYBOARD_DATA=str(copy))[0] == 0
    (copy / name).chmod(0o644)
    ids, said = found_in(copy)
    assert ids == ["stickyboard.W026"]
    assert f"chmod 600 {copy / name}" in said


@SLOW
@pytest.mark.parametrize("name", [".", "accounts.sqlite3"])
def test_finds_what_others_can_read_where_the_store_is_in_redis(copy, name):
    (copy / name).chmod(0o755 if name == "." else 0o644)
    with RedisServer("redis", appendonly="yes") as redis:
        code, said = manage("check", "--deploy", STICKYBOARD_DATA=str(copy), REDIS_URL=redis.url)
    assert code == 0
    assert re.findall(r"\((\w+\.[EW]\d{3})\)", said) == ["stickyboard.W021" if name == "." else "stickyboard.W026"]


@pytest.mark.parametrize("umask", ["0o000", pytest.param("0o277", marks=SLOW)])
def test_what_the_server_writes_is_its_own_whatever_the_umask(tmp_path, umask):
    script = """
import os, sys
os.umask(int(sys.argv[1], 8))
import django
django.setup()
from django.core.management import call_command
from broadcast.runtime import store
from broadcast.types import Batch, Bounds, Write
from stickyboard.spool import Spool
call_command("migrate", verbosity=0)
store().apply([Batch("k", Bounds(max_keys=9), [Write("a", value="1")])])
call_command("dump_sticky", "../data/board.ndjson", verbosity=0)
Spool("../data/train.spool", "train")
for each in os.scandir("../data"):
    print(oct(each.stat().st_mode & 0o777), each.name)
print(oct(os.stat("../data").st_mode & 0o777), "data")
os._exit(0)
"""
    here = tmp_path / "here"
    here.mkdir()
    settings = {**DOCUMENTED, "STICKYBOARD_DATA": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "dashboard_project.settings", **settings}
    (here / "script.py").write_text(script)
    done = warm.run([sys.executable, "script.py", umask], environment, here)
    assert done.returncode == 0, done.stderr
    modes = {name: mode for mode, name in (line.split() for line in done.stdout.splitlines() if line[:2] == "0o")}
    assert modes.pop("data") == "0o700"
    assert {"accounts.sqlite3", "sticky.sqlite3", "sticky.sqlite3-wal", "sticky.sqlite3-shm", "board.ndjson"} < set(
        modes
    )
    assert "train.spool" in modes
    assert set(modes.values()) == {"0o600"}, modes


def test_finds_a_store_that_is_no_store(copy):
    (copy / "sticky.sqlite3").touch(mode=0o600)
    (copy / "sticky.sqlite3").write_text("Dear Sir or Madam, " * 20)
    ids, said = found_in(copy)
    assert ids == ["stickyboard.E020"]
    assert "it is not a SQLite file" in said


def test_finds_tables_that_were_not_made(copy):
    (copy / "accounts.sqlite3").unlink()
    ids, said = found_in(copy)
    assert ids == ["stickyboard_producers.E001"]
    assert "manage.py migrate" in said


def test_finds_that_files_were_not_collected(copy):
    (copy / "static").unlink()
    ids, said = found_in(copy)
    assert ids == ["stickyboard.E030"]
    assert "manage.py collectstatic --noinput" in said


def test_finds_a_store_in_memory(settings):
    from broadcast.checks.deploy import check_deployment

    settings.CACHES = {**settings.CACHES, "sticky": {**settings.CACHES["sticky"], "LOCATION": ":memory:check"}}
    settings.ALLOWED_HOSTS = ["board.example"]
    assert [problem.id for problem in check_deployment()] == ["stickyboard.W020"]


def test_finds_that_the_package_of_metrics_is_missing(settings, monkeypatch):
    from broadcast.checks import deploy

    monkeypatch.setattr(deploy.importlib.util, "find_spec", lambda name: None)
    settings.BROADCAST = {**settings.BROADCAST, "METRICS_TOKEN": "x" * 20}
    assert [problem.id for problem in deploy.check_metrics()] == ["stickyboard.E021"]


@pytest.mark.parametrize(
    ("changed", "header"),
    [
        ({}, "max-age=31536000"),
        pytest.param({"STICKYBOARD_HSTS_SUBDOMAINS": "1"}, "max-age=31536000; includeSubDomains", marks=SLOW),
        (
            {"STICKYBOARD_HSTS_SUBDOMAINS": "1", "STICKYBOARD_HSTS_PRELOAD": "1"},
            "max-age=31536000; includeSubDomains; preload",
        ),
    ],
)
def test_other_names_of_the_domain_are_bound_only_when_asked(data, changed, header):
    code = (
        "from django.test import Client; "
        "print(Client().get('/livez', secure=True, headers={'host': 'localhost'})['Strict-Transport-Security'])"
    )
    _, said = manage("shell", "--verbosity", "0", "-c", code, STICKYBOARD_DATA=str(data), **changed)
    assert said.strip().splitlines()[-1] == header


def test_preloading_without_subdomains_is_warned_of(data):
    _, said = manage("check", "--deploy", STICKYBOARD_DATA=str(data), STICKYBOARD_HSTS_PRELOAD="1")
    assert "dashboard_project.W003" in said


def test_a_proxy_that_is_not_trusted_is_warned_of(data):
    _, said = manage("check", "--deploy", STICKYBOARD_DATA=str(data), FORWARDED_ALLOW_IPS="")
    assert "dashboard_project.W004" in said
    assert "FORWARDED_ALLOW_IPS" in said
