"""The server refuses clients of another wire protocol, and names the one that it uses."""

import pytest

from broadcast import close_codes
from broadcast.delivery.updates import PROTOCOL, check_protocol
from broadcast.errors import UnsupportedProtocol
from stickyboard import connection


@pytest.mark.parametrize("stated", [None, "", "1", "3", "2.0", "02", " 2", "x" * 5000, "\ud800", "٢"])
def test_another_number_is_refused_with_a_short_reason(stated):
    with pytest.raises(UnsupportedProtocol) as refused:
        check_protocol(stated)
    reason = str(refused.value)
    assert close_codes.shorten_reason(reason) == reason
    assert "protocol 2" in reason


def test_client_and_server_have_the_same_numbers():
    check_protocol(str(connection.PROTOCOL))
    assert connection.PROTOCOL == PROTOCOL
    assert connection.NOT_AUTHORISED == close_codes.NOT_AUTHORISED
    assert connection.LOGIN_REQUIRED == close_codes.LOGIN_REQUIRED
