"""All commands in the docs and on the page read the producer's token from one variable."""

import re

from tests.support.doc_pages import PAGES, ROOT, found_on, source

SHELL_TOKEN = re.compile(r"Bearer \$\{?(\w+)|--token \"?\$?(\w*TOKEN)\b|\b(\w*TOKEN)=\$\(")
SCRIPTS = [ROOT / "broadcast/static/stickyboard/page/curl_command.js", *(path for path, _ in source())]


def test_commands_read_the_token_from_one_variable():
    def others(path):
        names = {name for match in SHELL_TOKEN.finditer(path.read_text()) for name in match.groups() if name}
        return names - {"STICKYBOARD_TOKEN", "STICKYBOARD_METRICS_TOKEN"}

    assert found_on(others, [*PAGES, *SCRIPTS]) == {}


def test_pattern_finds_every_form_of_a_token():
    text = 'curl -H "Authorization: Bearer $T" --token "$TOKEN" MY_TOKEN=$(make it)'
    assert [name for match in SHELL_TOKEN.findall(text) for name in match if name] == ["T", "TOKEN", "MY_TOKEN"]
