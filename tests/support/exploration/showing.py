"""A state of the system as text."""

from collections.abc import Iterator, Mapping
from typing import Any

from broadcast.types import Cursor
from tests.support.exploration.system import AWAY, NO_READ, Browser, Process, State, System
from tests.support.picture import picture_of


def show(system: System, state: State) -> Iterator[str]:
    """Yield lines: the store, each process's replica, and each browser's picture."""
    stored = picture_of(system.store.since(state.store, dict.fromkeys(system.store.names)))
    yield f"  store      {text_of(stored.contents())}"
    for index, process in enumerate(state.processes):
        yield f"  process {index}  {_process(system, process)}"
    for number, browser in enumerate(state.browsers):
        yield f"  browser {number}  {_browser(system, browser)}"


def _process(system: System, process: Process) -> str:
    replica = system.replicas[process.replica]
    gap = "; a gap" if replica.gap_since is not None else ""
    reading = "; reading the store" if process.read_at != NO_READ else ""
    return f"{_heads(replica.heads)}; {len(process.inbox)} messages may arrive{gap}{reading}"


def _browser(system: System, browser: Browser) -> str:
    contents = text_of(system.pictures[browser.picture].contents())
    if browser.process == AWAY:
        return f"{contents}; not connected"
    connection = system.sockets[browser.connection]
    waiting = "; waiting for the replay" if connection.is_greeting else ""
    return f"{contents}; on process {browser.process}, {len(connection.texts)} updates to receive{waiting}"


def _heads(heads: Mapping[str, Cursor]) -> str:
    return ", ".join(f"{name} {epoch or '-'}:{revision}" for name, (epoch, revision) in heads.items()) or "not loaded"


def text_of(contents: Mapping[str, Any]) -> str:
    """Return the contents of a mirror as text."""
    copies = (f"{name} {epoch or '-'}:{n} {_entries(entries)}" for name, ((epoch, n), entries) in contents.items())
    return ", ".join(copies) or "nothing"


def _entries(entries: Mapping[str, Any]) -> str:
    shown = (f"{key or 'it'}={value.get('n', value)}" for key, (_, _, value) in entries.items())
    return "{" + " ".join(shown) + "}"
