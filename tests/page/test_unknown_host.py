"""A request for an unknown host is answered with a page, and logged with a line, that name the setting."""

import urllib.error
import urllib.request

import pytest
from django.core.exceptions import SuspiciousOperation
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import path

from broadcast.page import unknown_host
from tests.support.server import Server


def suspicious(request):
    raise SuspiciousOperation("of another kind")


urlpatterns = [path("suspicious/", suspicious), path("fine/", lambda request: HttpResponse("fine"))]

UNKNOWN = ["evil.example", "evil.example:80", "a b", "", "[::1", "board.example\x7f", "x" * 5000, "münchen"]


@pytest.fixture(autouse=True)
def _board_only(settings, monkeypatch):
    settings.ALLOWED_HOSTS = ["board.example"]
    for limit in unknown_host.log.filters:  # what other tests have logged
        limit._causes.clear()


@pytest.mark.parametrize("host", UNKNOWN)
async def test_an_unknown_host_gets_a_page_that_names_the_variable(host):
    answer = await AsyncClient(headers={"host": host}).get("/b/main/")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "STICKYBOARD_HOSTS" in page
    assert "<p></p>" not in page
    assert "evil.example" not in page
    assert answer.headers["Cache-Control"] == "no-store"


def test_other_settings_name_djangos_setting(settings, caplog):
    del settings.ENVIRONMENT_NAMES
    answer = Client(headers={"host": "evil.example"}).get("/b/main/")
    page = answer.content.decode()
    assert "ALLOWED_HOSTS" in page
    assert "STICKYBOARD" not in page + caplog.text
    assert "ALLOWED_HOSTS" in caplog.text


def test_the_host_of_a_trusted_proxy_counts(settings, caplog):
    settings.USE_X_FORWARDED_HOST = True
    client = Client(headers={"host": "board.example", "x-forwarded-host": "evil.example"})
    assert client.get("/livez").status_code == 400
    assert "evil.example" in caplog.text


def test_many_requests_are_one_line_with_the_value(caplog):
    for number in range(50):
        Client(headers={"host": f"evil\x1b[31m{number}.example"}).get("/b/main/")
    [line] = caplog.messages
    assert r"'evil\x1b[31m0.example'" in line
    assert "STICKYBOARD_HOSTS" in line
    assert caplog.records[0].exc_info is None


@pytest.mark.urls(__name__)
def test_any_other_bad_request_names_no_setting(settings, caplog):
    client = Client(headers={"host": "board.example"})
    answer = client.get("/suspicious/")
    assert answer.status_code == 400
    assert "HOSTS" not in answer.content.decode() + caplog.text
    assert "<p></p>" not in answer.content.decode()
    assert client.get("/fine/").content == b"fine"


def test_a_server_logs_one_line_without_a_traceback(tmp_path):
    with Server(tmp_path) as server:
        for number in range(5):
            request = urllib.request.Request(f"{server.http}/b/main/", headers={"Host": f"evil{number}.example"})
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request, timeout=10)
            assert "STICKYBOARD_HOSTS" in refused.value.read().decode()
            assert refused.value.code == 400
            refused.value.close()
        server.stop()
        lines = [line for line in server.log.read_text().splitlines() if "evil" in line]
    assert len(lines) == 1
    assert "STICKYBOARD_HOSTS" in lines[0]
    assert "ALLOWED_HOSTS" not in server.log.read_text()
