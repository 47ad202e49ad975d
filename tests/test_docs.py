"""The docs say what the code does: names, defaults and numbers are compared, links followed, examples run."""

import ast
import dataclasses
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.management import BaseCommand, get_commands, load_command_class

from broadcast import close_codes, errors
from broadcast.conf import Settings
from broadcast.frames import Section, Span, beat_text, frame_of, hello_text
from broadcast.words import Cursor
from dashboard_project.event_types import EVENT_TYPES
from producers_api.ingest import ack_text, error_text
from tests.server import ROOT, Server

APPS = ("broadcast", "producers_api", "dashboard_project")
PAGES = [page for page in [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/**/*.md"))] if page.is_file()]
EXAMPLE_PAGES = [page for page in PAGES if page.parent.name == "docs" or page.name == "README.md"]
EXAMPLE_URL = "http://localhost:8000"
BUILT_IN = {"help"}  # of manage.py, and in no list of commands


def read(name: str) -> str:
    return (ROOT / name).read_text()


def source() -> Iterator[tuple[Path, str]]:
    """Yield the apps' modules."""
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            yield path, path.read_text()


def rows(page: str) -> dict[str, list[str]]:
    """Return the cells of each table row by what stands in its first cell's backticks."""
    found: dict[str, list[str]] = {}
    for line in page.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            for name in re.findall(r"`([^`]+)`", cells[0]):
                found.setdefault(name, cells)
    return found


def section_of(page: str, title: str) -> str:
    """Return what stands below a heading, up to the next of its level."""
    hashes = "#" * (len(title) - len(title.lstrip("#")))
    _, _, below = page.partition(f"\n{title}\n")
    assert below, f'no "{title}"'
    return re.split(rf"\n{hashes} ", below)[0]


# settings


SETTINGS = {field.name: getattr(Settings(), field.name) for field in dataclasses.fields(Settings)}


def test_settings_says_every_key_of_broadcast_and_no_other():
    assert set(rows(section_of(read("docs/settings.md"), "## BROADCAST"))) == set(SETTINGS)


@pytest.mark.parametrize("key", SETTINGS)
def test_settings_says_the_default_of(key):
    said = rows(section_of(read("docs/settings.md"), "## BROADCAST"))[key][1].strip("`")
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
        "LOGIN_URL",
        "MAX_ENTRIES",
        "KEY_PREFIX",
        "REDIS_URL",
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
        for name in re.findall(r"\b(?:STICKYBOARD_[A-Z_]+|REDIS_URL|WEB_CONCURRENCY)\b", text)
    }


def test_settings_says_every_environment_variable_and_no_other():
    assert set(rows(section_of(read("docs/settings.md"), "## The environment"))) == variables()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_variable_that_does_not_exist(page):
    assert set(re.findall(r"\bSTICKYBOARD_[A-Z_]+\b", page.read_text())) <= variables()


def test_settings_says_every_default_of_the_environment():
    table = rows(section_of(read("docs/settings.md"), "## The environment"))
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
    assert set(rows(section_of(read("docs/settings.md"), "## System checks"))) == ids


def test_settings_says_every_layer_of_the_deployment():
    from dashboard_project.settings import LAYERS

    backends = {name: layer["BACKEND"] for name, layer in LAYERS.items()}
    table = rows(section_of(read("docs/settings.md"), "## CHANNEL_LAYERS: what carries frames"))
    assert {name: cells[1].strip("`") for name, cells in table.items() if name in LAYERS} == backends


# commands


def commands() -> set[str]:
    return {path.stem for path, _ in source() if path.parent.name == "commands" and path.stem != "__init__"}


# The reference producers' own, which one table says for all of them.
OF_ALL_PRODUCERS = {"--url", "--token", "--spool", "--progress"}
REFERENCE_PRODUCERS = ("multi_model_metrics", "knn_stream", "live_detection", "replay_log", "run_demo_producers")


def options_of(command: str) -> dict[str, set[str]]:
    """Return a command's own options, each with its other names, as its parser has them."""
    of_django = {option for action in BaseCommand().create_parser("", "")._actions for option in action.option_strings}
    parser = load_command_class(get_commands()[command], command).create_parser("manage.py", command)
    named = (set(action.option_strings) for action in parser._actions)
    return {min(names, key=len): names for names in named if names and not names & of_django}


@pytest.mark.parametrize("command", sorted(commands()))
def test_settings_says_every_command_with_its_options(command):
    said = section_of(read("docs/settings.md"), f"### manage.py {command}")
    elsewhere = OF_ALL_PRODUCERS if command in REFERENCE_PRODUCERS else set()
    for option, names in options_of(command).items():
        assert option in elsewhere or any(f"`{name}`" in said for name in names), option
    assert f"python manage.py {command}" in said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_command_that_does_not_exist(page):
    named = set(re.findall(r"manage\.py ([a-z_]+)", page.read_text()))
    assert named <= set(get_commands()) | BUILT_IN


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_an_option_that_does_not_exist(page):
    for command, rest in re.findall(r"python manage\.py (\w+)([^\n`|]*)", page.read_text()):
        for option in re.findall(r" (--[a-z-]+)", rest) if command in commands() else ():
            known = set().union(*options_of(command).values())
            assert option in known, f"{command} {option}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_make_target_that_does_not_exist(page):
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    shown = "\n".join(re.findall(r"`[^`]*`|^make .*$", page.read_text(), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", shown)) <= targets


# the wire


def tree(root: type[errors.StickyboardError]) -> set[type[errors.StickyboardError]]:
    return {root, *(leaf for child in root.__subclasses__() for leaf in tree(child))}


KINDS = {kind.code: kind for kind in tree(errors.StickyboardError) if kind.__module__ == errors.__name__}


def closes() -> dict[str, int]:
    return {name: code for name, code in vars(close_codes).items() if name.isupper() and isinstance(code, int)}


def test_protocol_says_every_error_code_and_no_other():
    assert set(rows(section_of(read("docs/protocol.md"), "## Error codes"))) == set(KINDS)


@pytest.mark.parametrize("code", sorted(KINDS))
def test_protocol_says_whether_to_retry(code):
    cells = rows(section_of(read("docs/protocol.md"), "## Error codes"))[code]
    assert cells[-1] == ("yes" if KINDS[code].retry else "no")


def test_protocol_says_every_close_code_with_its_name_and_no_other():
    table = section_of(read("docs/protocol.md"), "## Close codes")
    said = {name: int(code) for code, name in re.findall(r"^\| (\d{4}) \| (\w+) \|", table, re.MULTILINE)}
    assert said == closes()


IN_TRANSCRIPTS = {"open", "close", "state"}  # written down by who watches, and never sent


def test_protocol_says_every_op_and_no_other():
    sent = {op for _, text in source() for op in re.findall(r'"op": ?"(\w+)"', text)}
    assert sent - IN_TRANSCRIPTS == {"hello", "frame", "beat", "ack", "error"}
    assert set(re.findall(r'"op": ?"(\w+)"', read("docs/protocol.md"))) == sent


def messages() -> dict[str, dict[str, Any]]:
    """Return one of each message with every field that the code can give it."""
    section = Section(
        '{"type":"a","epoch":"","from":0,"to":0,"reset":true,"floors":{},"entries":[]}', Span("a", "", 0, 0)
    )
    texts = {
        "hello": hello_text("main", 0.0, 15.0, {"frames": 1, "bytes": 1}, {}),
        "frame": frame_of([section], caught_up=True).text,
        "beat": beat_text(0.0, {"a": Cursor("", 0)}),
        "ack": ack_text(1, 1),
        "error": error_text(errors.UnknownEventType("a"), 1, 0),
        "section": section.text,
    }
    return {name: json.loads(text) for name, text in texts.items()}


@pytest.mark.parametrize(("title", "message"), messages().items())
def test_protocol_says_every_field_of(title, message):
    page = read("docs/protocol.md")
    # An op that goes both ways has its fields in the table that is headed by its name.
    table = "\n".join(re.findall(rf"^\| `?{title}`? \| meaning \|\n((?:\|.*\n)+)", page, re.MULTILINE))
    assert table, f"no table of {title}"
    assert set(rows(table)) == set(message) - {"op"}


def test_protocol_says_every_fact_of_a_policy():
    facts = {fact for kind in EVENT_TYPES for fact in kind.policy.describe()} | {"ttl_s"}
    assert all(f"`{fact}`" in rows(read("docs/protocol.md"))["keyspaces"][1] for fact in facts)


def test_protocol_says_the_limits_in_force():
    table = section_of(read("docs/protocol.md"), "## Limits")
    for line in table.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for key in re.findall(r"`([A-Z_]+)`", cells[-1]):
            assert f"{SETTINGS[key]:,}" in cells[1], line


# metrics


def metrics() -> set[str]:
    """Return the names of all metrics, as Prometheus stores them, from one that was really told."""
    from broadcast.prometheus import exposition
    from broadcast.words import Holding
    from tests.test_meters import Meters, report

    text = exposition([report(Meters())], {"a": Cursor("e", 1)}, {"a": Holding(1, 1, 1, 1, 1.0, "")}).decode()
    families = re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE)
    return {name for name, kind in families if kind != "histogram"} | {
        f"{name}{suffix}" for name, kind in families if kind == "histogram" for suffix in ("_bucket", "_sum", "_count")
    }


def test_metrics_says_every_metric_and_no_other():
    said = set(rows(section_of(read("docs/metrics.md"), "## What is measured")))
    named = {f"stickyboard_{name}" for name in said if not name.startswith("stickyboard_")} | said
    histograms = {name.removesuffix("_count") for name in metrics() if name.endswith("_count")}
    assert named - histograms == {name for name in metrics() if not name.startswith(tuple(histograms))}


# event types


@pytest.mark.parametrize("kind", EVENT_TYPES, ids=lambda kind: kind.name)
def test_producers_says_every_event_type(kind):
    _, required, optional, kept, scene = rows(section_of(read("docs/producers.md"), "## Event types"))[kind.name]
    fields = kind.fields.values()
    assert re.findall(r"`(\w+)` \(", required) == [field.encode_name for field in fields if field.required]
    assert re.findall(r"`(\w+)` \(", optional) == [field.encode_name for field in fields if not field.required]
    assert scene == kind.scene
    policy = kind.policy.describe()
    assert kept.startswith(f"{policy.pop('policy')}: ")
    said = dict(re.findall(r"`(\w+)` (\d+)", kept))
    assert said == {name: str(bound) for name, bound in policy.items() if name not in ("key", "lane")}
    assert all(f"`{name}`" in kept for name in (*policy.get("key", ()), *filter(None, [policy.get("lane")])))
    assert (f"{kind.max_event_bytes} bytes" in kept) == (kind.max_event_bytes is not None)


def test_producers_names_no_event_type_that_does_not_exist():
    table = section_of(read("docs/producers.md"), "## Event types").split("\n| kind |")[0]
    assert [name for name in rows(table) if name != "event type"] == [kind.name for kind in EVENT_TYPES]


def test_producers_says_which_totals_are_increments():
    table = rows(section_of(read("docs/producers.md"), "## Event types"))
    said = {name for name, cells in table.items() if "**increment**" in cells[1:2][0]}
    assert said == {kind.name for kind in EVENT_TYPES if kind.policy.name == "counter"}


# pages


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", without_blocks(page.read_text())):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = page.parent / path if path else page
        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page):
    folders = "|".join((*APPS, "docs", "tests", "templates", "requirements"))
    text = page.read_text()
    for path in re.findall(rf"`((?:{folders})/[\w./-]+)`|\b((?:{folders})/[\w/-]+\.(?:py|js|html))\b", text):
        assert (ROOT / "".join(path)).exists(), path


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "README.md"], ids=lambda page: page.name)
def test_text_has_one_sentence_per_line(page):
    lines = [line for line in without_blocks(page.read_text()).splitlines() if not line.startswith("|")]
    assert not [line for line in lines if re.search(r"[a-z0-9`)][.?!](?:\*\*)? [A-Z`]", re.sub(r"^\d+\. ", "", line))]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as they are made where Markdown is shown."""
    titles = re.findall(r"^#+ (.+)$", without_blocks(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def without_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


# examples


class Block(NamedTuple):
    page: Path
    line: int
    language: str
    code: str
    is_run: bool


def blocks(page: Path) -> list[Block]:
    text = page.read_text()
    found = re.finditer(r"^(<!-- run -->\n)?```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return [
        Block(page, text.count("\n", 0, match.start(3)) + 1, match[2], match[3], match[1] is not None)
        for match in found
    ]


BLOCKS = [block for page in EXAMPLE_PAGES for block in blocks(page)]


def name_of(block: Block) -> str:
    return f"{block.page.name}:{block.line}"


def compiled(block: Block, **named: str) -> Any:
    """Compile a block as it stands in its page; what it sets the names in `named` to is left out."""
    tree = ast.parse("\n" * (block.line - 1) + block.code, str(block.page))
    tree.body = [statement for statement in tree.body if not named or not _sets(statement, set(named))]
    return compile(tree, str(block.page), "exec")


def _sets(statement: ast.stmt, names: set[str]) -> bool:
    if not isinstance(statement, ast.Assign):
        return False
    return {node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)} <= names


@pytest.fixture(scope="module")
def running(tmp_path_factory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("docs")) as server:
        yield server


def test_every_mark_has_its_block():
    for page in EXAMPLE_PAGES:
        assert page.read_text().count("<!-- run -->") == sum(block.is_run for block in blocks(page)), page


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "python"], ids=name_of)
def test_python_compiles(block):
    compiled(block)


@pytest.mark.parametrize("block", [block for block in BLOCKS if block.language == "json"], ids=name_of)
def test_json_is_json(block):
    json.loads(block.code)


@pytest.mark.parametrize(
    "page", [page for page in EXAMPLE_PAGES if any(b.is_run for b in blocks(page))], ids=lambda page: page.name
)
def test_python_runs(page, running, tmp_path, monkeypatch):
    """The blocks of one page share their names, from top to bottom."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"__name__": "__main__", "URL": running.http, "TOKEN": running.token}
    for block in blocks(page):
        if block.is_run and block.language == "python":
            exec(compiled(block, URL=running.http, TOKEN=running.token), names)


needs_curl = pytest.mark.skipif(
    shutil.which("curl") is None and not os.environ.get("CI"), reason="curl is missing; install it"
)


@needs_curl
@pytest.mark.slow
@pytest.mark.parametrize("block", [b for b in BLOCKS if b.is_run and b.language == "sh"], ids=name_of)
def test_commands_succeed(block, running, tmp_path):
    assert "curl" not in block.code or len(re.findall(r"\bcurl -f", block.code)) == block.code.count("curl ")
    environment = {
        **running.environment,
        "TOKEN": running.token,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    code = block.code.replace(EXAMPLE_URL, running.http).replace("python manage.py", f"python {ROOT}/manage.py")
    done = subprocess.run(
        ["sh", "-euc", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_curl
def test_what_the_readme_says_of_curl_works(running):
    command = re.search(r"`(curl [^`]+)`", read("README.md"))
    assert command
    code = command[1].replace(EXAMPLE_URL, running.http)
    environment = {**os.environ, "TOKEN": running.token}
    done = subprocess.run(
        ["sh", "-euc", code], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert '"accepted": 1' in done.stdout, done.stderr


def test_every_language_of_a_marked_block_is_run():
    assert {block.language for block in BLOCKS if block.is_run} <= {"python", "sh"}
