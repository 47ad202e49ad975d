"""Socket.IO on Node: the server stores the state in a Map and emits it on connect."""

import json
import shutil
from pathlib import Path
from typing import Any

from benchmarks.generator.load import Wire
from benchmarks.peers.base import NODE_FOLDER, Peer, program_version

PATH = "/socket.io/?EIO=4&transport=websocket"


class SocketIo(Peer):
    """Browsers and the publisher speak Engine.IO over WebSocket from the first byte."""

    name = "Socket.IO"
    publishes_by = "engine-io"

    def why_missing(self) -> str | None:
        if shutil.which("node") is None:
            return "node is not installed"
        if not (NODE_FOLDER / "node_modules" / "socket.io").is_dir():
            return "socket.io is not installed (npm ci --prefix benchmarks)"
        return None

    def version(self) -> str:
        package = json.loads((NODE_FOLDER / "node_modules/socket.io/package.json").read_text())
        return f"{package['version']} on node {program_version('node', '--version')}"

    def command(self, folder: Path) -> list[str | Path]:
        return ["node", NODE_FOLDER / "peers" / "socket_io.mjs", str(self.port)]

    def follow(self) -> Wire:
        return Wire("engine-io", PATH, greeting=b"40", ready="control")

    def follow_state(self) -> Wire:
        return Wire("engine-io", PATH + "&state=1", greeting=b"40", ready='text:42["state",')

    def publishing(self) -> dict[str, Any]:
        return {"handshake": Wire("text", PATH).handshake(self.port).decode()}
