"""Every widget has examples that its Struct accepts, and Python to copy that makes them."""

import re

import msgspec
import pytest

from broadcast.events import event_type, policies
from broadcast.page import widgets
from broadcast.page.gallery import EXAMPLES
from stickyboard.mirror import Mirror
from tests.support.server import ROOT

KINDS = {getattr(getattr(widgets, name), "kind", "") for name in widgets.__all__} - {""}
REFERENCE = ROOT / "docs" / "reference" / "widgets"
NAMES = {**vars(policies), **vars(widgets), **vars(event_type)}


def names_of_examples() -> list[str]:
    return [example.name for example in EXAMPLES]


def test_every_widget_has_an_example() -> None:
    assert {example.widget.kind for example in EXAMPLES} == KINDS
    assert len(set(names_of_examples())) == len(EXAMPLES)


@pytest.mark.parametrize("example", EXAMPLES, ids=names_of_examples())
def test_an_example_is_valid_and_its_python_makes_it(example) -> None:
    assert list(example.event_type.problems()) == []
    assert list(example.widget.problems(example.event_type)) == []
    for event in example.messages():
        msgspec.convert(event, example.event_type.schema)
    schema, call = re.split(r"\n\n\n(?=EventType)", example.code())
    made: dict = {}
    exec(f"from msgspec import Struct\n{schema}", made)  # the example's own code
    kind = eval(call, {**NAMES, **made})
    assert (kind.name, kind.title, kind.show) == (example.name, example.title, example.widget)
    assert kind.policy.describe() == example.event_type.policy.describe()


def test_the_state_is_what_the_policy_stores() -> None:
    for example in EXAMPLES:
        mirror = Mirror(is_strict=True)
        section = example.section(now_s=1_790_000_000.0)
        mirror.apply_section(section)
        keys = {example.event_type.policy.key_of(event) for event in example.messages()}
        wanted = len(example.events) if example.event_type.policy.appends else len(keys)
        assert len(mirror.copies[example.name].entries) == wanted
        assert section["entries"][-1][3] == 1_790_000_000.0
    (total,) = next(each for each in EXAMPLES if each.name == "orders").section(0.0)["entries"]
    assert total[4]["count"] == 12_045


@pytest.mark.parametrize("kind", sorted(path.stem for path in REFERENCE.glob("*.md")))
def test_every_reference_page_has_a_picture(kind) -> None:
    if kind not in ("custom", "README"):  # a custom widget draws whatever its module draws
        assert (ROOT / "docs" / "images" / "widgets" / f"{kind}.png").exists()
        assert f"images/widgets/{kind}.png" in (REFERENCE / f"{kind}.md").read_text()
