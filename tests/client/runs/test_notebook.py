"""A run in a notebook."""

from stickyboard.runs.notebook import html_of


def test_a_board_on_this_machine_is_a_frame():
    shown = html_of("http://127.0.0.1:8000", metrics=4, scenes=2)
    assert '<iframe src="http://127.0.0.1:8000/b/runs/"' in shown
    assert "STICKYBOARD_URL" in shown


def test_its_height_follows_from_its_scenes():
    heights = [html_of("http://localhost:1", metrics, 0).partition('height="')[2][:4] for metrics in (0, 3, 4, 900)]
    assert heights == ['480"', '740"', "1000", "1600"]


def test_another_board_is_a_link_with_what_to_set():
    shown = html_of('https://board.example/"x', metrics=1, scenes=0)
    assert "STICKYBOARD_EMBEDDED_BY" in shown
    assert "<iframe" not in shown
    assert '"x' not in shown


def test_without_a_board_it_names_the_command():
    assert "stickyboard serve" in html_of("", 0, 0)
