"""The prefix of the application, for every combination of server and proxy."""

import pytest

from broadcast.asgi.mount import below, with_prefix


def own_path(path: str, root_path: str = "", kind: str = "http") -> tuple[str, str]:
    scope = with_prefix({"type": kind, "path": path, "root_path": root_path})
    prefix = scope["root_path"]
    return prefix, scope["path"].removeprefix(prefix)


@pytest.mark.parametrize(
    "path",
    [
        "/board/b/main/",  # uvicorn behind a proxy that strips the prefix
        "/board/board/b/main/",  # uvicorn behind one that does not
        "/b/main/",  # Daphne behind one that strips it
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("root", ["/board", "/board/"])
def test_a_root_path_is_taken_once(path, kind, root):
    assert own_path(path, root, kind) == ("/board", "/b/main/")


@pytest.mark.parametrize("path", ["/x/y/ws/board/main/", "/x/y/x/y/ws/board/main/", "/ws/board/main/"])
def test_sockets_are_found_below_a_prefix_of_two_segments(path):
    assert own_path(path, "/x/y", "websocket") == ("/x/y", "/ws/board/main/")


@pytest.mark.parametrize("path", ["/board/livez", "/livez"])
@pytest.mark.parametrize("forced", ["/board", "/board/"])
def test_a_forced_script_name_is_stripped_from_paths(settings, path, forced):
    settings.FORCE_SCRIPT_NAME = forced
    assert own_path(path) == ("/board", "/livez")


def test_both_at_once_are_taken_once_each(settings):
    settings.FORCE_SCRIPT_NAME = "/board"
    assert own_path("/board/board/livez", "/board") == ("/board", "/livez")
    assert own_path("/inner/board/livez", "/inner") == ("/board", "/livez")


def test_a_prefix_that_begins_as_a_page_does_leaves_the_page(settings):
    assert own_path("/b/b/main/", "/b") == ("/b", "/b/main/")
    assert own_path("/b/b/b/main/", "/b") == ("/b", "/b/main/")


def test_without_a_prefix_nothing_is_changed():
    scope = {"type": "http", "path": "/b/main/"}
    assert with_prefix(scope) is scope


def test_a_router_that_has_looked_at_the_prefix_is_left_alone():
    scope = {"type": "websocket", "root_path": "/board", "path": "/board/ws/x/", "path_remaining": "ws/x/"}
    assert with_prefix(scope) is scope


@pytest.mark.parametrize(
    ("path", "own"), [("/board", "/"), ("/board/", "/"), ("/boards/x", "/boards/x"), ("/x/board/y", "/x/board/y")]
)
def test_a_prefix_ends_with_a_segment(path, own):
    assert below("/board", path) == own
