"""The usual Channels recipe under Daphne: what most would write first."""

import os
import sys
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.generator.load import Wire
from benchmarks.peers.base import Peer
from benchmarks.state import ENTRIES

APPLICATION = "benchmarks.peers.usual_recipe.asgi:application"


class ChannelsRecipe(Peer):
    """Daphne, the in-memory layer, the local-memory cache."""

    name = "Channels recipe"
    publishes_by = "recipe"

    def why_missing(self) -> str | None:
        return None if find_spec("daphne") else "daphne is not installed (pip install daphne)"

    def version(self) -> str:
        return ", ".join(f"{package} {version(package)}" for package in ("Django", "channels", "daphne"))

    def environment(self, folder: Path) -> dict[str, str]:
        return {**os.environ, "DJANGO_SETTINGS_MODULE": "benchmarks.peers.usual_recipe.settings"}

    def command(self, folder: Path) -> list[str | Path]:
        endpoint = f"tcp:{self.port}:backlog=2048:interface=127.0.0.1"
        return [sys.executable, "-m", "daphne", "-e", endpoint, "-v0", APPLICATION]

    def follow(self) -> Wire:
        return Wire("text", "/dashboard/", ready='text:"entries":')

    def follow_state(self) -> Wire:
        return Wire("text", "/dashboard/", ready=f'text:"entries": {ENTRIES}')

    def publishing(self) -> dict[str, Any]:
        return {"handshake": Wire("text", "/produce/").handshake(self.port).decode()}
