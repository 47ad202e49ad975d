"""Nchan: pub/sub inside nginx. The state is the channel's message buffer."""

from pathlib import Path
from typing import Any

from benchmarks.generator.load import Wire
from benchmarks.peers.base import Peer, by_count, missing_program, program_version
from benchmarks.state import ENTRIES

MODULE = Path("/usr/lib/nginx/modules/ngx_nchan_module.so")
CONFIG = """
load_module {module};
worker_processes 1;
daemon off;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 8192; multi_accept on; }}
http {{
  access_log off;
  tcp_nodelay on;
  nchan_shared_memory_size 256M;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=2048;
    location = /events/pub {{ nchan_publisher websocket http; nchan_channel_id events; nchan_message_buffer_length 5000; }}
    location = /events/sub {{ nchan_subscriber websocket; nchan_channel_id events; nchan_subscriber_first_message newest; }}
    location = /state/pub {{ nchan_publisher websocket http; nchan_channel_id state; nchan_message_buffer_length {entries}; nchan_message_timeout 0; client_max_body_size 1m; }}
    location = /state/sub {{ nchan_subscriber websocket; nchan_channel_id state; nchan_subscriber_first_message oldest; }}
  }}
}}
"""  # noqa: E501  # one location a line


class Nchan(Peer):
    """Browsers subscribe by WebSocket, the publisher publishes by WebSocket."""

    name = "Nchan"
    publishes_by = "websocket"

    def why_missing(self) -> str | None:
        if not MODULE.exists():
            return "nginx has no Nchan module (Debian: apt install libnginx-mod-nchan nginx-light)"
        return missing_program("nginx", "Debian: apt install nginx-light")

    def version(self) -> str:
        nginx = program_version("nginx", "-v").removeprefix("nginx version: ")
        package = program_version("dpkg-query", "-W", "-f", "${Version}", "libnginx-mod-nchan")
        return f"{package} in {nginx}"

    def command(self, folder: Path) -> list[str | Path]:
        config = folder / "nginx.conf"
        config.write_text(CONFIG.format(module=MODULE, folder=folder, port=self.port, entries=ENTRIES))
        return ["nginx", "-p", folder, "-e", "stderr", "-c", config]

    def follow(self) -> Wire:
        return Wire("text", "/events/sub")

    def follow_state(self) -> Wire:
        return Wire("text", "/state/sub", ready=by_count())

    def publishing(self) -> dict[str, Any]:
        paths = {"handshake": "/events/pub", "state_handshake": "/state/pub"}
        return {name: Wire("text", path).handshake(self.port).decode() for name, path in paths.items()}
