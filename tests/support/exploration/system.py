"""A system's states, and what may happen in each: to the store, the channel layer, processes and browsers.

A message may arrive at any time, in any order, twice, or without its text. One that never arrives is lost: whatever
happens then is explored, too, because no action waits for a message.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from broadcast.delivery.replica import Replica
from stickyboard.mirror import Mismatch
from tests.support.exploration.picture_states import PictureStates, Wrong
from tests.support.exploration.replica_states import ReplicaStates
from tests.support.exploration.scenarios import Scenario
from tests.support.exploration.socket_states import SocketStates
from tests.support.exploration.store_states import StoreStates

AWAY = -1  # the process and the connection of a browser that is not connected
NO_READ = -1

Action = tuple[Any, ...]


class Process(NamedTuple):
    """A process's state.

    Attributes:
        replica: its number.
        inbox: the numbers of the messages that may arrive, in the order in which they were sent.
        read_at: the state of the store when the current read began.
    """

    replica: int
    inbox: tuple[int, ...] = ()
    read_at: int = NO_READ


class Browser(NamedTuple):
    """A browser's state: the numbers of its picture, its connection and its process."""

    picture: int
    connection: int = AWAY
    process: int = AWAY


class State(NamedTuple):
    store: int
    processes: tuple[Process, ...]
    browsers: tuple[Browser, ...]


class System:
    """The states of a scenario that were reached, and the steps between them."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.store = StoreStates(scenario)
        self.replicas = ReplicaStates(self.store)
        self.sockets = SocketStates(self.replicas, scenario.window)
        self.pictures = PictureStates(self.store)
        process, browser = Process(self.replicas.first), Browser(self.pictures.first)
        self.first = State(self.store.first, (process,) * scenario.processes, (browser,) * scenario.browsers)
        self._has_symmetry = scenario.processes > 1 or scenario.browsers > 1
        self._is_calm: set[tuple[int, ...]] = set()
        self._drains: dict[tuple[int, int, int], Browser] = {}

    def key(self, state: State) -> int:
        """Return a hash that is equal for states that differ only in the order of processes or of browsers."""
        if not self._has_symmetry:
            return hash(state)
        joined = [
            (process, tuple(sorted(each[:2] for each in state.browsers if each.process == index)))
            for index, process in enumerate(state.processes)
        ]
        away = sorted(each.picture for each in state.browsers if each.process == AWAY)
        return hash((state.store, tuple(sorted(joined)), tuple(away)))

    # what may happen

    def actions(self, state: State) -> Iterator[Action]:
        for number, browser in enumerate(state.browsers):
            if browser.process == AWAY:
                for index, process in enumerate(state.processes):
                    if process.read_at == NO_READ:
                        yield ("connect", number, index)
            else:
                if self.sockets[browser.connection].texts:
                    yield ("receive", number)
                yield ("disconnect", number)
        for index, process in enumerate(state.processes):
            yield from self._actions_of(state, index, process)
        for change in self.store.changes(state.store):
            yield ("change", *change)

    def _actions_of(self, state: State, index: int, process: Process) -> Iterator[Action]:
        for position in range(len(process.inbox)):
            yield ("deliver", index, position)
            yield ("deliver twice", index, position)
            yield ("deliver without text", index, position)
        replica = self.replicas[process.replica]
        if process.read_at != NO_READ:
            yield ("end read", index)
            if process.read_at != state.store:
                yield ("end old read", index)
        elif any(browser.process == index for browser in state.browsers) and self._needs_read(replica, state.store):
            yield ("begin read", index)
        if process.replica != self.replicas.first:
            yield ("crash", index)

    def _needs_read(self, replica: Replica, store: int) -> bool:
        return replica.is_loaded and (replica.gap_since is not None or replica.heads != self.store.heads(store))

    # what happens then

    def after(self, state: State, action: Action) -> State:
        """Return the state after an action.

        Raises:
            AssertionError: a guarantee does not hold.
        """
        name, *arguments = action
        after: State = getattr(self, f"_{name.replace(' ', '_')}")(state, *arguments)
        return after

    def check(self, state: State) -> None:
        """Raise Wrong unless every picture is right, and would be up to date if nothing else happened."""
        for browser in state.browsers:
            self.pictures.check(browser.picture, state.store)
            process = Process(self.replicas.first) if browser.process == AWAY else state.processes[browser.process]
            self._check_calm(browser, process.replica, process.read_at, state.store)

    def _change(self, state: State, *change: Any) -> State:
        store, message = self.store.after(state.store, change)
        if not message:
            return state._replace(store=store)
        number = self.replicas.messages.of(message)
        members = {browser.process for browser in state.browsers}
        processes = tuple(
            process._replace(inbox=(*process.inbox, number)) if index in members else process
            for index, process in enumerate(state.processes)
        )
        return State(store, processes, state.browsers)

    def _connect(self, state: State, number: int, index: int) -> State:
        """Join the process, which begins to read the store. Whatever is committed from now on is sent to it."""
        browser, process = state.browsers[number], state.processes[index]
        connection = self.sockets.open(self.pictures.position(browser.picture), self.store.heads(state.store))
        begun = Process(self.replicas.begin_read(process.replica), process.inbox, state.store)
        joined = _put(state.browsers, number, Browser(browser.picture, connection, index))
        return State(state.store, _put(state.processes, index, begun), joined)

    def _begin_read(self, state: State, index: int) -> State:
        process = state.processes[index]
        begun = Process(self.replicas.begin_read(process.replica), process.inbox, state.store)
        return state._replace(processes=_put(state.processes, index, begun))

    def _end_read(self, state: State, index: int) -> State:
        return self._loaded(state, index, state.store)

    def _end_old_read(self, state: State, index: int) -> State:
        return self._loaded(state, index, state.processes[index].read_at)

    def _loaded(self, state: State, index: int, store: int) -> State:
        process = state.processes[index]
        replica = self.replicas.end_read(process.replica, store)
        return self._replaced(state, index, Process(replica, process.inbox), is_read=True)

    def _deliver(self, state: State, index: int, position: int) -> State:
        process = state.processes[index]
        inbox = process.inbox[:position] + process.inbox[position + 1 :]
        replica = self.replicas.put(process.replica, process.inbox[position])
        return self._replaced(state, index, Process(replica, inbox, process.read_at))

    def _deliver_twice(self, state: State, index: int, position: int) -> State:
        """Deliver a message of which another copy may arrive later."""
        process = state.processes[index]
        replica = self.replicas.put(process.replica, process.inbox[position])
        return self._replaced(state, index, process._replace(replica=replica))

    def _deliver_without_text(self, state: State, index: int, position: int) -> State:
        process = state.processes[index]
        inbox = process.inbox[:position] + process.inbox[position + 1 :]
        replica = self.replicas.miss(process.replica, process.inbox[position])
        return self._replaced(state, index, Process(replica, inbox, process.read_at))

    def _replaced(self, state: State, index: int, process: Process, *, is_read: bool = False) -> State:
        """Replace a process, and send its browsers what is new."""
        before = state.processes[index].replica
        is_new = process.replica != before and self.replicas[process.replica].heads != self.replicas[before].heads
        browsers = tuple(
            browser._replace(connection=self._sent(browser.connection, process.replica, is_new, is_read))
            if browser.process == index
            else browser
            for browser in state.browsers
        )
        return State(state.store, _put(state.processes, index, process), browsers)

    def _sent(self, connection: int, replica: int, is_new: bool, is_read: bool) -> int:
        if is_new:
            connection = self.sockets.on_change(connection, replica)
        if is_read and self.sockets[connection].is_greeting:
            connection = self.sockets.greet(connection, replica)
        return connection

    def _receive(self, state: State, number: int) -> State:
        """Apply the oldest update on the wire, and acknowledge it."""
        browser = state.browsers[number]
        read = self._read(browser, state.processes[browser.process].replica)
        return state._replace(browsers=_put(state.browsers, number, read))

    def _read(self, browser: Browser, replica: int) -> Browser:
        connection = self.sockets[browser.connection]
        picture = self.pictures.after(browser.picture, connection.texts[0], connection.opened_at)
        return Browser(picture, self.sockets.on_read(browser.connection, replica), browser.process)

    def _disconnect(self, state: State, number: int) -> State:
        """Cut a connection; what was not read is lost. A process without browsers leaves the group."""
        browser = state.browsers[number]
        browsers = _put(state.browsers, number, Browser(browser.picture))
        if any(other.process == browser.process for other in browsers):
            return state._replace(browsers=browsers)
        process = state.processes[browser.process]._replace(inbox=())
        return State(state.store, _put(state.processes, browser.process, process), browsers)

    def _crash(self, state: State, index: int) -> State:
        """Kill a process and start it again."""
        browsers = tuple(Browser(each.picture) if each.process == index else each for each in state.browsers)
        return State(state.store, _put(state.processes, index, Process(self.replicas.first)), browsers)

    # convergence

    def _check_calm(self, browser: Browser, replica: int, read_at: int, store: int) -> None:
        """Raise Wrong unless the browser is up to date once its process has compared its replica with the store."""
        question = (browser.picture, browser.connection, replica, read_at, store)
        if question in self._is_calm:
            return
        try:
            calm = self._calm(browser, replica, read_at, store)
            self.pictures.check(calm.picture, store)
        except (AssertionError, Mismatch) as exc:
            raise Wrong(f"when nothing else happens: {exc}") from exc
        if not self.pictures.is_current(calm.picture, store):
            heads = self.store.heads(store)
            raise Wrong(f"a browser stays at {self.pictures[calm.picture].cursor}, but the store is at {heads}")
        self._is_calm.add(question)

    def _calm(self, browser: Browser, replica: int, read_at: int, store: int) -> Browser:
        if browser.connection == AWAY:
            opened = self.sockets.open(self.pictures.position(browser.picture), self.store.heads(store))
            browser = browser._replace(connection=opened)
        for is_begun in (read_at != NO_READ, False):
            before = self.replicas[replica].heads
            replica = self.replicas.end_read(replica if is_begun else self.replicas.begin_read(replica), store)
            is_new = self.replicas[replica].heads != before
            browser = browser._replace(connection=self._sent(browser.connection, replica, is_new, is_read=True))
        return self._drained(browser, replica)

    def _drained(self, browser: Browser, replica: int) -> Browser:
        """Return a browser after it has received everything, also a heartbeat."""
        question = (browser.picture, browser.connection, replica)
        found = self._drains.get(question)
        if found is None:
            found = browser
            while self.sockets[found.connection].texts:
                found = self._read(found, replica)
            heartbeat = {"heads": self.replicas[replica].heads, "digests": self.replicas[replica].digests()}
            self.pictures[found.picture].verify(heartbeat)
            self._drains[question] = found
        return found


def _put(items: tuple[Any, ...], index: int, item: Any) -> tuple[Any, ...]:
    return (*items[:index], item, *items[index + 1 :])
