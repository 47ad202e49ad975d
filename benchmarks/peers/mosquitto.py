"""Mosquitto: MQTT inside WebSocket frames. The state is what is retained."""

from pathlib import Path

from benchmarks.generator.load import Wire
from benchmarks.peers.base import Peer, by_count, missing_program, program_version
from benchmarks.publishers.raw import MQTT_CONNECT, mqtt_length


def subscribe(topic: bytes) -> bytes:
    """Return a SUBSCRIBE to one topic at QoS 0."""
    body = b"\x00\x01" + len(topic).to_bytes(2) + topic + b"\x00"
    return b"\x82" + mqtt_length(len(body)) + body


class Mosquitto(Peer):
    """Browsers speak MQTT over WebSocket, the publisher over TCP."""

    name = "Mosquitto"
    publishes_by = "mqtt"

    def why_missing(self) -> str | None:
        return missing_program("mosquitto", "Debian: apt install mosquitto")

    def version(self) -> str:
        return program_version("mosquitto", "-h").removeprefix("mosquitto version ")

    def command(self, folder: Path) -> list[str | Path]:
        config = folder / "mosquitto.conf"
        config.write_text(
            "allow_anonymous true\npersistence false\nlog_type error\nset_tcp_nodelay true\n"
            "max_queued_messages 0\nmax_queued_bytes 0\n"  # none is dropped
            f"listener {self.port} 127.0.0.1\n"
            f"listener {self.second_port} 127.0.0.1\nprotocol websockets\n"
        )
        return ["mosquitto", "-c", config]

    def browsers_port(self) -> int:
        return self.second_port

    def follow(self) -> Wire:
        return self._wire(b"events", "control")

    def follow_state(self) -> Wire:
        return self._wire(b"state/#", by_count())

    def _wire(self, topic: bytes, ready: str) -> Wire:
        headers = ("Sec-WebSocket-Protocol: mqtt",)
        return Wire("mqtt-ws", "/mqtt", headers, MQTT_CONNECT + subscribe(topic), ready)
