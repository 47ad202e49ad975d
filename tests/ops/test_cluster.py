"""`make cluster`: its nginx configuration, its ports and its Valkey."""

import socket
import subprocess
from pathlib import Path

from dashboard_project.cluster import free_ports, nginx_configuration, valkey_program
from tests.support.proxy import NGINX as NGINX_PROGRAM
from tests.support.proxy import needs_nginx


def nginx_says(conf: Path) -> subprocess.CompletedProcess[str]:
    words = [str(NGINX_PROGRAM), "-t", "-e", "stderr", "-p", str(conf.parent), "-c", str(conf)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@needs_nginx
def test_nginx_accepts_the_configuration_of_the_cluster(tmp_path):
    conf = tmp_path / "nginx.conf"
    (port,) = free_ports(1)
    conf.write_text(nginx_configuration(port, [1, 2]))
    done = nginx_says(conf)
    assert done.returncode == 0, done.stderr


def test_ports_that_are_found_are_free_and_differ():
    ports = free_ports(4)
    assert len(set(ports)) == 4
    assert max(ports) < 32_768, "the kernel could give it to a connection while its process restarts"
    for port in ports:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


def test_there_is_a_valkey_to_start():
    said = subprocess.run([valkey_program(), "--version"], capture_output=True, text=True, check=True)
    assert "v=" in said.stdout
