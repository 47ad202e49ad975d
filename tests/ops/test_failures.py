"""Commands report in one sentence what they cannot use; help needs no environment; text of others is escaped."""

import io
import json
import os
import shutil
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError

from broadcast.errors import StoreUnavailable
from broadcast.management.command import StickyCommand
from broadcast.management.failures import as_command_error, sentence_of
from producers_api.models import ProducerToken
from tests.support import warm
from tests.support.server import ROOT

BUILT_IN = ("check", "collectstatic", "createsuperuser", "migrate", "runserver")
OWN = sorted(path.stem for path in ROOT.glob("*/management/commands/*.py") if not path.stem.startswith("_"))
# Root may write everywhere; without this capability it may not.
UNPRIVILEGED = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
needs_setpriv = pytest.mark.skipif(
    bool(UNPRIVILEGED) and shutil.which("setpriv") is None, reason="root may write everywhere, and there is no setpriv"
)


def python(*words: str, prefix: list[str] = [], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run Python with these variables and no others."""
    command = [*prefix, sys.executable, *words]
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    if not prefix:
        return warm.run(command, {**kept, **environment}, Path.cwd())
    return subprocess.run(
        command,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
        timeout=100,
    )


def manage(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    settings = {"STICKYBOARD_SECRET_KEY": "only for this test", "STICKYBOARD_DATA": str(folder)}
    return python(str(ROOT / "manage.py"), *words, **settings)


@pytest.fixture
def read_only(tmp_path):
    folder = tmp_path / "read-only"
    folder.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    yield folder
    folder.chmod(stat.S_IRWXU)


HELP = """
    import sys
    from dashboard_project.command_line import main

    for command in sys.argv[1:]:
        for words in ([command, "--help"], ["help", command]):
            sys.argv = ["manage.py", *words]
            try:
                main()
            except SystemExit as exc:
                assert not exc.code, (words, exc.code)
"""


WRONG = {"STICKYBOARD_DEBUG": "maybe", "STICKYBOARD_DATA": "/proc/x", "REDIS_URL": "http://x", "WEB_CONCURRENCY": "0"}


@pytest.mark.parametrize(
    "environment", [pytest.param({}, id="none", marks=pytest.mark.slow), pytest.param(WRONG, id="one that is wrong")]
)
def test_help_of_every_command_needs_no_environment(environment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = python("-c", textwrap.dedent(HELP), *OWN, *BUILT_IN, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("usage: ") == 2 * len([*OWN, *BUILT_IN])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("words", [[], pytest.param(["--help"], marks=pytest.mark.slow)])
def test_the_list_of_commands_needs_no_environment(words):
    done = python(str(ROOT / "manage.py"), *words)
    assert done.returncode == 0
    assert set(OWN) <= set(done.stdout.split())
    assert "not properly configured" not in done.stdout + done.stderr


def test_a_word_after_two_dashes_is_no_question_for_help():
    done = python(str(ROOT / "manage.py"), "create_producer_token", "--", "--help")
    assert "STICKYBOARD_SECRET_KEY is not set" in done.stderr


READ_ONLY = """
    import contextlib, io, json, sys
    from dashboard_project.command_line import main

    reports = {}
    for line in sys.argv[1:]:
        sys.argv = ["manage.py", *line.split()]
        with contextlib.redirect_stderr(io.StringIO()) as stderr:
            try:
                main()
                code = 0
            except SystemExit as exc:
                code = exc.code if isinstance(exc.code, int) else 1
                stderr.write("" if isinstance(exc.code, int) else str(exc.code))
        reports[line] = [code, stderr.getvalue().strip()]
    print(json.dumps(reports))
"""
COMMANDS = (
    "migrate",
    "createsuperuser --noinput --username=a --email=a@example.com",
    "clearsessions",
    "collectstatic --noinput",
    "list_producer_tokens",
    "create_producer_token lab",
    "revoke_producer_token lab",
    "show_sticky",
    "copy_sticky --from=sticky --to=redis://127.0.0.1:1/0",
)


@needs_setpriv
@pytest.mark.slow
def test_a_read_only_folder_is_reported_in_one_sentence(read_only):
    settings = {"STICKYBOARD_SECRET_KEY": "only for this test", "STICKYBOARD_DATA": str(read_only)}
    # One process for all commands, as starting each takes a second or more.
    done = python("-c", textwrap.dedent(READ_ONLY), *COMMANDS, prefix=UNPRIVILEGED, **settings)
    assert done.returncode == 0, done.stderr
    reports = json.loads(done.stdout)
    assert reports.keys() == set(COMMANDS)
    for command, (code, text) in reports.items():
        assert code == 1, command
        assert "\n" not in text, command
        assert str(read_only) in text, command
        assert "write permission" in text, command


@needs_setpriv
@pytest.mark.slow
@pytest.mark.parametrize("program", ["demo", "cluster"])
def test_the_demo_reports_a_read_only_folder_in_one_sentence(program, read_only):
    done = python("-m", f"dashboard_project.{program}", prefix=UNPRIVILEGED, STICKYBOARD_DATA=str(read_only))
    assert done.returncode == 1
    (sentence,) = done.stderr.splitlines()
    assert f"{read_only}/secret-key" in sentence
    assert "permission" in sentence


def test_the_traceback_comes_when_it_is_asked_for(tmp_path):
    (tmp_path / "accounts.sqlite3").write_text("no database")
    assert "Traceback" in manage("migrate", "--traceback", folder=tmp_path).stderr
    said = manage("migrate", folder=tmp_path).stderr.strip()
    assert said.endswith(f"restore a copy of {tmp_path}/accounts.sqlite3, or move it away and type: manage.py migrate")
    assert "\n" not in said


BLOCKED = """
    import sys

    missing = sys.argv.pop(1).split(",")

    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] in missing:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    sys.meta_path.insert(0, Missing())
    from dashboard_project.command_line import main
    main()
"""


@pytest.mark.slow  # the same on every Python
@pytest.mark.parametrize(
    ("missing", "extra", "words"),
    [
        ("redis,channels_redis", "redis", ["copy_sticky", "--from=sticky", "--to=redis://127.0.0.1:1/0"]),
        ("channels", "server", ["check"]),
        ("websockets", "client", ["watch"]),
    ],
)
def test_a_missing_package_is_reported_with_its_extra(missing, extra, words, tmp_path):
    settings = {"STICKYBOARD_SECRET_KEY": "only for this test", "STICKYBOARD_DATA": str(tmp_path)}
    # A new interpreter, because a warm one has imported them.
    done = python("-c", textwrap.dedent(BLOCKED), missing, *words, prefix=["env"], **settings)
    assert done.returncode == 1
    assert "\n" not in done.stderr.strip()
    assert done.stderr.strip().endswith(f"is not installed here; in a checkout: pip install '.[{extra}]'")


@pytest.mark.parametrize(
    ("exc", "fix"),
    [
        (OperationalError("no such table: auth_user"), "first type: manage.py migrate"),
        (OperationalError("attempt to write a readonly database"), "give this user write permission on "),
        (OperationalError("database is locked"), "another process is writing to "),
        (OperationalError("database or disk is full"), "make room on the disk of "),
        (OperationalError("file is not a database"), "restore a copy of "),
        (StoreUnavailable("it is gone", "look there"), "it is gone; look there"),
        (ModuleNotFoundError(name="river.tree"), "pip install '.[demo]'"),
        (ModuleNotFoundError(name="servestatic"), "pip install '.[server]'"),
        (PermissionError(13, "Permission denied", "/x"), "/x cannot be used: Permission denied; give this user"),
        (FileNotFoundError(2, "No such file or directory", "/x"), "/x cannot be used: No such file or directory"),
    ],
)
def test_a_sentence_has_the_fix(exc, fix):
    assert fix in sentence_of(exc)


@pytest.mark.parametrize("exc", [KeyError("x"), ModuleNotFoundError("no typo", name="typo"), OSError("no file")])
def test_a_bug_keeps_its_traceback(exc):
    with pytest.raises(type(exc)), as_command_error():
        raise exc


EVIL = "lab\x1b[2J\x07\u202e\x9b31m\nforged"


@pytest.mark.django_db
def test_names_of_tokens_are_printed_with_escapes():
    ProducerToken.make(EVIL, ["model\x1b[2J"])
    said = io.StringIO()
    call_command("list_producer_tokens", stdout=said)
    assert len(said.getvalue().splitlines()) == 2
    assert said.getvalue().replace("\n", "").isprintable()
    call_command("revoke_producer_token", EVIL, stdout=said)
    call_command("create_producer_token", EVIL, replace=True, stdout=said)
    assert said.getvalue().replace("\n", "").isprintable()
    assert "\nforged" not in said.getvalue()
    for words in (["create_producer_token", EVIL], ["revoke_producer_token", f"{EVIL}2"]):
        with pytest.raises(CommandError) as raised:
            call_command(*words)
        assert str(raised.value).isprintable()


def test_what_any_command_writes_is_escaped():
    class Command(StickyCommand):
        requires_system_checks: list[str] = []

        def handle(self, *args: Any, **options: Any) -> str:
            self.stdout.write("out\x1b[2J\nnext")
            self.stderr.write("err\x9b2J")
            return "answer\u202e"

    out, err = io.StringIO(), io.StringIO()
    call_command(Command(), stdout=out, stderr=err)
    assert out.getvalue() == "out\\u001b[2J\nnext\nanswer\\u202e\n"
    assert err.getvalue() == "err\\u009b2J\n"
    call_command(Command(stdout=out, stderr=err))
    assert out.getvalue().count("answer\\u202e\n") == 2


def test_colours_of_a_command_itself_stay():
    out = io.StringIO()
    StickyCommand(stdout=out).stdout.write("\x1b[1A", style_func=str, ending="")
    assert out.getvalue() == "\x1b[1A"


@pytest.mark.parametrize("name", OWN)
def test_every_command_of_ours_is_one_that_reports_and_escapes(name):
    from django.core.management import get_commands, load_command_class

    assert isinstance(load_command_class(get_commands()[name], name), StickyCommand)
