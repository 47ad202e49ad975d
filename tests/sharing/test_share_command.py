"""`manage.py share_board` prints a link that works."""

from datetime import timedelta

import pytest
from asgiref.sync import async_to_sync
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from broadcast.models import ShareLink
from tests.support.shared_boards import get

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_command_prints_a_link_that_works(capsys):
    call_command("share_board", "pair", scene="right_one", url="https://board.example/", quiet=True, expires="12h")
    address = capsys.readouterr().out.strip()
    assert address.startswith("https://board.example/share/")
    status, _, _ = async_to_sync(get)(address.removeprefix("https://board.example"))
    assert status == 200
    link = ShareLink.objects.get()
    assert (link.opens, link.expires_at < timezone.now() + timedelta(hours=13)) == ("pair/right_one", True)


@pytest.mark.parametrize(("words", "expected"), [(["par"], "pair"), (["pair", "--scene", "rigt"], "right_one")])
def test_the_command_names_what_exists(words, expected):
    with pytest.raises(CommandError, match=expected):
        call_command("share_board", *words)
