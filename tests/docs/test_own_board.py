"""docs/tutorial/own_board.md: its training loop, tables and boards agree with each other."""

import ast
import re
from typing import Any

from tests.support.doc_pages import read


def blocks() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", read("docs/tutorial/own_board.md"), re.MULTILINE | re.DOTALL)


def test_training_loop_sends_types_of_every_main_board():
    (loop,) = [block for block in blocks() if "for step in range" in block]
    sent = set(re.findall(r"publish\(\s*\"(\w+)\"", loop))
    mains = [ast.literal_eval(found)["main"] for found in re.findall(r'"BOARDS": (\{.*\}),', "".join(blocks()))]
    assert len(mains) == 2
    for main in mains:
        assert sent <= set(main)


def test_own_table_has_the_types_of_its_board():
    (table,) = [block for block in blocks() if block.startswith("# my-board/my_event_types.py")]
    (settings,) = [block for block in blocks() if block.startswith("# my-board/my_settings.py")]
    made: dict[str, Any] = {}
    exec(table, made)  # the page's own code
    names = {kind.name for kind in made["EVENT_TYPES"]}
    (boards,) = re.findall(r'"BOARDS": (\{.*\}),', settings)
    assert set(ast.literal_eval(boards)["main"]) <= names
