"""The addresses of a server, and the host names that it accepts."""

import pytest

from dashboard_project import network


def on_a_network() -> str:
    return "192.168.1.20"


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("::", "http://[::1]:8000"),
        ("localhost", "http://localhost:8000"),
    ],
)
def test_the_address_is_one_that_this_machine_reaches(host, url):
    assert network.address(host, 8000) == url


def test_others_reach_only_what_listens_everywhere():
    assert network.address_for_others("0.0.0.0", 8000, on_a_network) == "http://192.168.1.20:8000"
    assert network.address_for_others("127.0.0.1", 8000) == ""


@pytest.mark.parametrize(
    ("host", "more"),
    [
        ("127.0.0.1", []),
        ("localhost", []),
        ("::1", []),
        ("0.0.0.0", ["192.168.1.20"]),
        ("::", ["192.168.1.20"]),
        ("10.0.0.9", ["10.0.0.9"]),
        ("fd00::2", ["[fd00::2]"]),
    ],
)
def test_a_server_may_be_asked_by_the_name_that_it_listens_on(host, more):
    assert network.names_of(host, on_a_network) == ["localhost", "127.0.0.1", "[::1]", *more]


def test_a_machine_without_a_network_has_no_address_there():
    assert network.own_address(("255.255.255.255", 9)) == ""  # refused: no permission to broadcast
    assert network.names_of("0.0.0.0", str) == ["localhost", "127.0.0.1", "[::1]"]
    assert network.address_for_others("0.0.0.0", 8000, str) == ""
