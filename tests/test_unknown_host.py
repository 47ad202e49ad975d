"""A request under a name that the server does not have is answered with a page that names the setting."""

from django.test import AsyncClient


async def test_an_unknown_host_is_answered_with_a_page_that_names_our_setting(settings):
    settings.DEBUG = False
    settings.ALLOWED_HOSTS = ["board.example"]
    answer = await AsyncClient(headers={"host": "evil.example"}).get("/b/main/")
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "STICKYBOARD_HOSTS" in page
    assert "<p></p>" not in page
    assert "evil.example" not in page
