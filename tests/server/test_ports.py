"""Ports: the next free one, and the fix for one that cannot be used."""

import errno
import os
import socket

import pytest

from broadcast.server.ports import check_port, fix_of, listen, listen_from, print_change
from tests.support.server import free_port


def test_no_port_above_the_last_is_tried():
    with socket.create_server(("127.0.0.1", 65_535)), pytest.raises(SystemExit, match="65535 to 65535"):
        listen_from("127.0.0.1", 65_535)


def test_the_next_free_port_is_used(capsys):
    with listen_from("127.0.0.1", free_port()) as first:
        port = first.getsockname()[1]
        with listen_from("127.0.0.1", port) as second:
            other = second.getsockname()[1]
            assert other > port
    print_change(port, port)
    print_change(port, other)
    assert capsys.readouterr().out == f"Port {port} is in use; using {other}.\n"


def test_a_used_port_is_refused_with_a_free_one():
    with listen_from("127.0.0.1", free_port()) as first:
        port = first.getsockname()[1]
        with pytest.raises(SystemExit, match=rf"^port {port} is in use; this one is free: --port \d+$"):
            listen("127.0.0.1", port)


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="needs IPv6")
def test_a_port_that_is_in_use_with_ipv4_is_free_for_ipv6_alone():
    with socket.create_server(("0.0.0.0", 0)) as other:
        port = other.getsockname()[1]
        check_port("::", port, ipv6_only=True)
        with pytest.raises(SystemExit, match=f"port {port} is in use"):
            check_port("::", port, ipv6_only=False)


def test_another_port_is_named_if_the_last_one_is_in_use():
    with (
        socket.create_server(("127.0.0.1", 65_535)),
        pytest.raises(SystemExit, match=r"^port 65535 is in use; choose another one, such as --port 8000$"),
    ):
        listen("127.0.0.1", 65_535)


# The first is reserved for documentation; the last has a part of more than 63 characters.
@pytest.mark.parametrize("host", ["192.0.2.1", "no host", f"{'a' * 64}.example"])
def test_a_foreign_address_is_refused_with_the_fix(host):
    with pytest.raises(SystemExit, match=rf"^{host}:\d+ cannot be used: .*; .*hostname -I"):
        listen(host, free_port())


@pytest.mark.parametrize(("port", "end"), [(80, "; choose a port above 1023, such as --port 8000"), (8000, "")])
def test_a_reserved_port_is_refused_with_the_others(port, end):
    # Root, as whom the tests may run, can use every port.
    assert fix_of(PermissionError(errno.EACCES, os.strerror(errno.EACCES)), port) == end
