"""Every interleaving of small systems has the guarantees, to the depth that the processor time allows.

`EXPLORE_S=300 make test PYTEST="-k interleaving"` explores for longer.
"""

import os
import shutil

import pytest

from broadcast import browser
from broadcast.delivery.keyspace_copy import Copy
from broadcast.delivery.replica import Replica
from tests.guarantees import explore as command
from tests.guarantees import replay as replay_command
from tests.support.exploration.page_mirror import SCRIPT, differences
from tests.support.exploration.replaying import replay
from tests.support.exploration.reporting import table, write_found
from tests.support.exploration.running import explore, explore_all, explore_in_turn, numbered_epochs
from tests.support.exploration.scenarios import SCENARIOS, Scenario
from tests.support.exploration.search import Found
from tests.support.exploration.system import Browser, Process, State, System
from tests.support.history_files import how_to_repeat, read_history
from tests.support.planted_bugs import BUGS, code_with
from tests.support.server import ROOT

SECONDS = float(os.environ.get("EXPLORE_S", "60"))
CHAOS_S = 20 * 60
NODE = shutil.which("node")
needs_node = pytest.mark.skipif(NODE is None and not os.environ.get("CI"), reason="node is missing; install Node.js 20")

# Where each planted bug is found, and the number of actions in the shortest history.
FOUND = {
    "updates are not compared with the cursor": ("ring", 5),
    "updates that come during a replay are forgotten": ("last value", 1),
    "the revision is one ahead": ("last value", 1),
    "the revision is one behind": ("last value", 1),
    "removed entries stay with who returns": ("last value", 4),
    "removed entries stay": ("last value", 4),
    "evicted entries stay": ("ring", 6),
    "evicted entries stay with who returns": ("last value", 5),
    "expired entries stay": ("expiry", 3),
    "nothing is evicted": ("ring", 3),
    "a delta misses its first entry": ("last value", 1),
    "a floor is ignored": ("last value", 5),
    "a stride is ignored": ("course", 5),
    "thinned entries stay with who returns": ("course", 5),
    "thinning removes the wrong half": ("course", 5),
    "thinned entries stay": ("course", 5),
    "a reset is ignored": ("new histories", 4),
}


def assert_right(results: list[Found]) -> None:
    for found in results:
        assert not found.violation, f"{found.violation}; step by step: {how_to_repeat(write_found(found))}"


@pytest.mark.slow(SECONDS)
@pytest.mark.timeout(10 * SECONDS + 300)  # processor time, on a machine that has others to serve
def test_no_interleaving_violates_a_guarantee():
    results = explore_in_turn(list(SCENARIOS), SECONDS, depth=10**6)
    print(table(results))
    assert_right(results)
    assert all(found.depth > 0 for found in results)


@pytest.mark.chaos
@pytest.mark.timeout(2 * CHAOS_S)
def test_no_interleaving_of_a_million_does(capsys):
    results = explore_all(list(SCENARIOS), CHAOS_S, depth=10**6, workers=2)
    with capsys.disabled():
        print("\n" + table(results))
    assert_right(results)
    assert sum(found.states for found in results) > 10**6


def test_a_small_system_is_explored_completely(monkeypatch):
    monkeypatch.setitem(SCENARIOS, "one", Scenario("one", ("whole",), changes=1))
    found = explore("one", seconds=60, depth=100).found
    assert found.is_complete
    assert found.transitions > found.states > 200
    assert not found.violation


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_is_found(bug, monkeypatch):
    BUGS[bug](monkeypatch)
    scenario, length = FOUND[bug]
    found = explore(scenario, seconds=60, depth=length).found
    assert found.violation
    assert len(found.history) == length


# Mistakes in code that compares what arrives with what is there, each with the length of the shortest history.
MISTAKES = {
    "an old read with a reset is applied": (code_with(Replica, "load", "if not is_outdated", "if True"), 9),
    "an old read is applied": (code_with(Replica, "load", " and delta.to_revision >= copy.head.revision", ""), 10),
    "an update of another epoch looks old": (code_with(Copy, "has", "epoch == self.head.epoch and ", ""), 6),
    "a cursor of another epoch is continued": (code_with(Copy, "known", " and cursor.epoch == epoch", ""), 4),
    "answers are not forgotten": (code_with(Replica, "_update_heads", "self._forget_answers()", "pass"), 4),
    "a commit elsewhere is not noticed": (code_with(Replica, "miss", "copy and not copy.has(*head)", "False"), 3),
    "an update overtakes the replay": (code_with(browser.Browser, "on_change", "self._busy is not None or ", ""), 1),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "mistake",
    [pytest.param(each, marks=pytest.mark.chaos) if MISTAKES[each][1] > 9 else each for each in MISTAKES],
)
def test_a_mistake_of_few_interleavings_is_found(mistake, monkeypatch):
    few = Scenario("few changes", ("whole",), changes=3, happens=frozenset({"clear"}))
    monkeypatch.setitem(SCENARIOS, few.name, few)
    plant, length = MISTAKES[mistake]
    plant(monkeypatch)
    found = explore(few.name, seconds=60, depth=length).found
    assert found.violation
    assert len(found.history) == length


@pytest.mark.slow
def test_a_removal_that_was_forgotten_is_found(monkeypatch):
    code_with(Copy, "known", "self.horizon <= cursor.revision <= revision", "cursor.revision <= revision")(monkeypatch)
    found = explore("last value", seconds=60, depth=6).found
    assert len(found.history) == 6


def test_a_history_that_was_found_can_be_repeated(monkeypatch, tmp_path, capsys):
    bug = "evicted entries stay"
    with monkeypatch.context() as patch:
        BUGS[bug](patch)
        found = explore("ring", seconds=60, depth=6).found
    path = write_found(found, bug, tmp_path)

    header, actions = read_history(path)
    *_, last = replay(header, actions)
    assert last[-1].endswith(found.violation)

    assert replay_command.main([str(path)]) == 1
    shown = capsys.readouterr().out
    assert f"6. {actions[5]}" in shown
    assert found.violation in shown

    header["bug"] = None
    *_, last = replay(header, actions)
    assert "violation" not in last[-1]


def test_the_command_prints_figures_and_the_history(capsys):
    assert command.main(["--scenario", "course", "--seconds", "60", "--depth", "2"]) == 0
    assert "course" in capsys.readouterr().out
    assert command.main(["--scenario", "ring", "--seconds", "60", "--depth", "3", "--bug", "nothing is evicted"]) == 1
    shown = capsys.readouterr().out
    assert "exceeds per_lane" in shown
    assert "python -m tests.guarantees.replay build/histories/explored-nothing-is-evicted.jsonl" in shown
    assert command.main(["--scenario", "no such"]) == 2
    assert command.main(["--bug", "no such"]) == 2


def test_processes_share_the_scenarios():
    names = ["ring", "course", "last value"]
    alone = explore_all(names, seconds=60, depth=2, workers=1)
    shared = explore_all(names, seconds=60, depth=2, workers=2)
    assert {found.scenario: found.states for found in shared} == {found.scenario: found.states for found in alone}


def test_the_order_of_browsers_makes_no_difference():
    system = System(SCENARIOS["two of each"])
    one, two = Process(1), Process(2, (3,))
    left, right = Browser(1, 5, 0), Browser(2, 6, 1)
    first = system.key(State(0, (one, two), (left, right)))
    moved = (Browser(2, 6, 0), Browser(1, 5, 1))
    assert system.key(State(0, (two, one), moved)) == first
    assert system.key(State(0, (two, one), moved[::-1])) == first
    assert system.key(State(0, (two, one), (left, right))) != first


def test_a_state_is_reached_by_the_same_numbers_again():
    system = System(SCENARIOS["last value"])
    with numbered_epochs(system):
        joined = system.after(system.first, ("connect", 0, 0))
        left = system.after(joined, ("crash", 0))
    assert joined != system.first
    assert system.key(left) == system.key(system.first)


@needs_node
def test_another_picture_on_the_page_is_found(tmp_path):
    assert NODE
    pictures = explore("last value", seconds=60, depth=4).system.pictures
    assert list(differences([pictures], NODE)) == [""]
    (difference,) = differences([pictures], NODE, script_of_a_wrong_page(tmp_path))
    assert "the page has" in difference


def script_of_a_wrong_page(folder):
    """Return a script whose mirror ignores removals."""
    static = ROOT / "broadcast" / "static" / "stickyboard"
    mirror = (static / "mirror.js").read_text()
    right = "if (value === null) return;"
    assert mirror.count(right) == 1
    (folder / "mirror.mjs").write_text(mirror.replace(right, "if (value === null) value = 0;"))
    script = folder / "show.mjs"
    text = SCRIPT.read_text().replace("#stickyboard/mirror.js", "./mirror.mjs")
    script.write_text(text.replace("#stickyboard", str(static)))
    return script
