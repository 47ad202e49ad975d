"""Runs of a training program, and a server's part that applies what they send."""

import json
from pathlib import Path
from typing import Any

from stickyboard.runs import Run
from stickyboard.runs.journal import Reader
from tests.support.scripted_server import ScriptedServer, send_reply

NOWHERE = "http://127.0.0.1:1"


class Applied:
    """A script that applies each message once, as the server does, and may break off."""

    def __init__(self, *cuts: int) -> None:
        self.cuts, self.seqs, self.events = list(cuts), [], []
        self._last_seqs: dict[str, int] = {}

    async def __call__(self, server: ScriptedServer, socket: Any) -> None:
        cut = self.cuts.pop(0) if self.cuts else None
        count = 0
        while cut is None or count < cut:
            message = await server.next_message(socket)
            count += 1
            if message["seq"] > self._last_seqs.get(socket.request.path, 0):  # of each producer
                self._last_seqs[socket.request.path] = message["seq"]
                self.seqs.append(message["seq"])
                async with server.arrived:
                    self.events += message["events"]
                    server.arrived.notify_all()
            if cut is None:
                await send_reply(socket, "ack", message["seq"], accepted=1)
        socket.transport.abort()

    @property
    def steps(self) -> list[float]:
        return [event["step"] for event in self.events if event["type"] == "run_metric"]

    @property
    def statuses(self) -> list[str]:
        return [event["status"] for event in self.events if event["type"] == "run"]


def begin(server: ScriptedServer, folder: Path, **options: Any) -> Run:
    return Run("t", url=server.url, token="secret", folder=folder, **options)


def written(run: Run) -> list[dict[str, Any]]:
    """Return the events in a run's journal."""
    reader = Reader(run._journal.path)
    events = [event for _, message in reader.messages() for event in json.loads(message)]
    reader.close()
    return events
