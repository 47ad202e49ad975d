"""Static files are served from their source folders without a list of them."""

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import AsyncClient, Client

from broadcast.page.static_files import ServeFiles

NAME = "stickyboard/page/curl_command.js"


async def not_found(request):
    raise AssertionError(request.path)


async def test_looks_files_up_at_each_request():
    assert ServeFiles(not_found).files == {}
    response = await AsyncClient().get(f"/static/{NAME}")
    served = b"".join([part async for part in response.streaming_content])
    assert served == Path(finders.find(NAME)).read_bytes()


def test_lists_files_that_it_does_not_look_up(settings):
    settings.SERVESTATIC_AUTOREFRESH = False
    assert f"/static/{NAME}" in ServeFiles(not_found).files


@pytest.mark.parametrize("path", ["/static/../settings.py", "/static/nothing.js"])
def test_serves_nothing_else(path):
    assert Client().get(path).status_code == 404
