"""Breadth-first search: visits the states of a system by the number of actions that lead to them."""

import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.support.exploration.scenarios import Scenario
from tests.support.exploration.system import Action, State, System


@dataclass
class Found:
    """What a search has visited.

    Attributes:
        depth: every history of so many actions was explored.
        is_complete: whether there are no others.
        updates: how many updates were applied to different pictures, in both mirrors.
        violation: the guarantee that does not hold, "" if all hold.
        history: the shortest history that ends with the violation.
    """

    scenario: Scenario
    states: int = 0
    transitions: int = 0
    depth: int = 0
    is_complete: bool = False
    seconds: float = 0.0
    updates: int = 0
    violation: str = ""
    history: list[Action] = field(default_factory=list)


class Search:
    """Visits each state of a system once, and remembers by which action it was reached first.

    States are compared by a hash of 64 bits: of ten million, two have the same one with a probability of 1 in 400,000.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.system = System(scenario)
        self.found = Found(scenario)
        self._visited: set[int] = set()
        self._parents = array("q")  # of each state, in the order of visits
        self._actions = array("I")  # the number of the action from the parent
        self._numbers: dict[Action, int] = {}

    def run(self, seconds: float, depth: int) -> Found:
        """Search until a violation is found, the processor time has passed, or the depth is reached."""
        started, found = time.process_time(), self.found
        level = [(self._visit(self.system.first, -1, ()), self.system.first)]
        try:
            while level and found.depth < depth:
                following = self._expand(level, started + seconds)
                if following is None:
                    return found
                level, found.depth = following, found.depth + 1
            found.is_complete = not level
        finally:
            found.seconds = time.process_time() - started
            found.states = len(self._visited)
            found.updates = len(self.system.pictures.results)
        return found

    def _expand(self, level: list[tuple[int, State]], until: float) -> list[tuple[int, State]] | None:
        """Return the new states after a level; None if the search has ended."""
        following = []
        for number, state in level:
            if time.process_time() > until:
                return None
            for action, after in self._steps(number, state):
                key = self.system.key(after)
                if key in self._visited:
                    continue
                following.append((self._visit(after, number, action, key), after))
                try:
                    self.system.check(after)
                except AssertionError as exc:
                    self._report(exc, number, action)
                    return None
            if self.found.violation:
                return None
        return following

    def _steps(self, number: int, state: State) -> Iterator[tuple[Action, State]]:
        for action in self.system.actions(state):
            self.found.transitions += 1
            try:
                after = self.system.after(state, action)
            except Exception as exc:  # such as a Gap, or a policy that fails
                self._report(exc, number, action)
                return
            yield action, after

    def _visit(self, state: State, parent: int, action: Action, key: int | None = None) -> int:
        self._visited.add(self.system.key(state) if key is None else key)
        self._parents.append(parent)
        self._actions.append(self._numbers.setdefault(action, len(self._numbers)))
        return len(self._parents) - 1

    def _report(self, violation: Exception, number: int, action: Action) -> None:
        self.found.violation = f"{type(violation).__name__}: {violation}"
        actions, history = list(self._numbers), [action]
        while self._parents[number] >= 0:
            history.append(actions[self._actions[number]])
            number = self._parents[number]
        self.found.history = history[::-1]
