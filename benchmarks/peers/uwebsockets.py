"""uWebSockets.js: listed so that the page states why it is not measured."""

from pathlib import Path

from benchmarks.peers.base import Peer


class UWebSockets(Peer):
    """Its author publishes it on GitHub only, not in the npm registry."""

    name = "uWebSockets.js"

    def why_missing(self) -> str | None:
        return "its author does not publish it to npm, and this harness installs from package registries only"

    def version(self) -> str:
        return ""

    def command(self, folder: Path) -> list[str | Path]:
        raise NotImplementedError
