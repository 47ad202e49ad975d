"""The docs say what the code does: names are compared, links followed, and examples run against a real server."""

import ast
import dataclasses
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from broadcast import checks, close_codes, conf, errors
from dashboard_project.event_types import EVENT_TYPES
from tests.server import ROOT, Server

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"(?P<run><!-- run -->\n)?^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
APPS = ("broadcast", "producers_api", "dashboard_project")


def text_of(name: str) -> str:
    return (ROOT / name).read_text()


def said(pages: list[Path] = PAGES) -> str:
    return "\n".join(page.read_text() for page in pages)


def our_commands() -> set[str]:
    return {name for name, app in get_commands().items() if app in APPS}


def blocks(page: Path, language: str, run: bool) -> list[str]:
    found = BLOCK.finditer(page.read_text())
    return [block["code"] for block in found if block["language"] == language and (block["run"] or not run)]


def error_classes() -> Iterator[type[errors.StickyboardError]]:
    for _, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, errors.StickyboardError) and not kind.__subclasses__():
            yield kind


@pytest.mark.parametrize("setting", dataclasses.fields(conf.Settings), ids=lambda setting: setting.name)
def test_every_setting_is_in_the_docs_with_its_default(setting):
    row = re.search(rf"^\| `{setting.name}` \| `(.+?)` \|", text_of("docs/settings.md"), re.MULTILINE)

    assert row, f"{setting.name} has no row in docs/settings.md"
    default = getattr(conf.Settings(), setting.name)
    assert eval(row[1], {}) == default  # a default is written as Python, such as 64 * 1024


def test_the_docs_name_no_setting_that_does_not_exist():
    table = text_of("docs/settings.md").partition("\n## BROADCAST\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)
    quoted = re.findall(r'BROADCAST\["(\w+)"\]', said())
    known = {setting.name for setting in dataclasses.fields(conf.Settings)}

    assert set(quoted) | set(rows) <= known


def test_every_environment_variable_is_in_the_docs_and_no_other():
    sources = [file.read_text() for app in APPS for file in (ROOT / app).rglob("*.py")]
    used = set(re.findall(r"STICKYBOARD_[A-Z_]+", "\n".join(sources)))

    assert set(re.findall(r"STICKYBOARD_[A-Z_]+", text_of("docs/settings.md"))) == used
    assert set(re.findall(r"STICKYBOARD_[A-Z_]+", said())) <= used


@pytest.mark.parametrize("kind", list(error_classes()), ids=lambda kind: kind.__name__)
def test_every_error_code_is_in_the_protocol(kind):
    assert f"`{kind.code}`" in text_of("docs/protocol.md")


def test_every_close_code_is_in_the_protocol():
    for name, code in vars(close_codes).items():
        if name.isupper():
            assert str(code) in text_of("docs/protocol.md"), name


def test_every_check_is_in_the_docs_and_no_other():
    used = set(re.findall(r"broadcast\.E\d{3}", inspect.getsource(checks)))

    assert used
    assert set(re.findall(r"broadcast\.E\d{3}", text_of("docs/settings.md"))) == used


def test_every_command_is_in_the_docs_and_no_other():
    named = set(re.findall(r"manage\.py ([a-z_]+)", said()))

    assert our_commands() - set(re.findall(r"manage\.py ([a-z_]+)", text_of("docs/settings.md"))) == set()
    assert named <= set(get_commands())


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))

    assert set(re.findall(r"`make ([a-z]+)", said())) <= targets


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
def test_every_event_type_is_in_the_docs_with_its_required_fields(kind):
    lines = [line for line in text_of("docs/producers.md").splitlines() if f"`{kind.name}`" in line]

    assert lines
    for name, field in kind.fields.items():
        if field.required:
            assert any(f"`{name}`" in line for line in lines), f"{kind.name}.{name}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
            assert anchor in anchors, target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_in_the_docs_is_python(page):
    for code in blocks(page, "python", run=False):
        ast.parse(code)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("docs")) as running:
        yield running


def for_server(code: str, server: Server) -> str:
    code = code.replace("python manage.py", f"{sys.executable} {ROOT / 'manage.py'}")
    return code.replace("http://localhost:8000", server.http).replace("sticky_…", server.token)


@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "python", run=True)], ids=lambda page: page.name
)
def test_examples_in_python_run(page, shared, tmp_path):
    script = for_server("\n".join(blocks(page, "python", run=True)), shared)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is missing")
@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "sh", run=True)], ids=lambda page: page.name)
def test_examples_for_the_shell_run(page, shared, tmp_path):
    for code in blocks(page, "sh", run=True):
        environment = {**shared.environment, "TOKEN": shared.token}
        done = subprocess.run(
            ["sh", "-ec", for_server(code, shared)],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

        assert done.returncode == 0, code + done.stdout + done.stderr


def test_what_the_readme_promises_to_curl_works(shared):
    command = re.search(r"`(curl .+?)`\.", text_of("README.md"))
    assert command
    environment = {**os.environ, "TOKEN": shared.token}
    done = subprocess.run(
        ["sh", "-c", for_server(command[1], shared)], env=environment, capture_output=True, text=True, check=False
    )

    assert '"accepted": 1' in done.stdout
