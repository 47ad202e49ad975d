"""Random histories of two processes and a faulty layer: one number repeats each.

A history that fails is in a file, which `python -m tests.guarantees.replay FILE --step` repeats.
`make chaos SEED=41 PYTEST="-k random_seeds"` repeats a run.
"""

import pytest

from broadcast.stores.sqlite.engine import close_engines
from tests.guarantees import replay as replay_command
from tests.support.history_files import read_history
from tests.support.planted_bugs import BUGS
from tests.support.simulated_actions import play_seed
from tests.support.simulations import chosen_seed, on_sqlite, play_seeds, replay

FIXED = range(32)


@pytest.mark.parametrize("block", [0, *(pytest.param(more, marks=pytest.mark.slow) for more in range(1, 4))])
def test_no_history_of_the_fixed_seeds_ends_wrong(block):
    play_seeds(FIXED[block::4])


@pytest.mark.chaos
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("store", "count"), [("sqlite", 1000), ("redis", 300), ("valkey", 300)])
def test_no_history_of_random_seeds_ends_wrong(store, count, capsys):
    with capsys.disabled():
        first = chosen_seed()
    play_seeds(range(first, first + count), store)


def test_the_environment_chooses_the_seed(monkeypatch, capsys):
    monkeypatch.setenv("SEED", "41")
    assert chosen_seed() == 41
    assert "SEED=41" in capsys.readouterr().out
    monkeypatch.delenv("SEED")
    assert chosen_seed() != chosen_seed()


def test_a_seed_is_always_the_same_history(tmp_path):
    played = [play_seed(3, on_sqlite(), folder=tmp_path) for _ in range(2)]
    close_engines()
    first, second = ([[without_epochs(m) for m in b.transcript] for b in each.simulation.browsers] for each in played)
    assert played[0].actions == played[1].actions
    assert first == second


def without_epochs(message):
    """Return what is the same in each run: epochs are random, and cursors contain them."""
    return [message["op"], [(s["type"], s["from"], s["to"], s["entries"]) for s in message.get("sections", ())]]


def test_a_history_that_failed_can_be_repeated(monkeypatch, tmp_path, capsys):
    bug = "nothing is evicted"
    with monkeypatch.context() as patch, pytest.raises(AssertionError) as raised:
        BUGS[bug](patch)
        play_seed(0, on_sqlite(), folder=tmp_path)
    (note,) = raised.value.__notes__
    assert "seed 0" in note
    (path,) = tmp_path.iterdir()
    assert str(path) in note

    header, actions = read_history(path)
    assert header["seed"] == 0
    *_, last = replay({**header, "bug": bug}, actions)
    assert last[-1].endswith(header["violation"])
    assert all("violation" not in lines[-1] for lines in replay(header, actions))

    assert replay_command.main([str(path)]) == 0
    shown = capsys.readouterr().out
    assert "browser 0" in shown
    assert f"{len(actions)}. {actions[-1]}" in shown
