"""`make cluster`: its nginx configuration, its ports and its Valkey."""

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from dashboard_project.cluster import NGINX, NGINX_PROXY, free_ports, valkey_program

NGINX_PROGRAM = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/opt/homebrew/bin")


def nginx_says(conf: Path) -> subprocess.CompletedProcess[str]:
    assert NGINX_PROGRAM is not None
    words = [NGINX_PROGRAM, "-t", "-e", "stderr", "-p", str(conf.parent), "-c", str(conf)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


@pytest.mark.skipif(NGINX_PROGRAM is None, reason="there is no nginx on this machine")
def test_nginx_accepts_the_configuration_of_the_cluster(tmp_path):
    conf = tmp_path / "nginx.conf"
    (port,) = free_ports(1)
    conf.write_text(NGINX.format(folder=tmp_path, servers="server 127.0.0.1:1;", port=port, proxy=NGINX_PROXY))
    done = nginx_says(conf)
    assert done.returncode == 0, done.stderr


def test_ports_that_are_found_are_free_and_differ():
    ports = free_ports(4)
    assert len(set(ports)) == 4
    for port in ports:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", port))


def test_there_is_a_valkey_to_start():
    said = subprocess.run([valkey_program(), "--version"], capture_output=True, text=True, check=True)
    assert "v=" in said.stdout
