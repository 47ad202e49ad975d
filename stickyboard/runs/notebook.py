"""A run in a notebook: its board in a frame, if the browser can reach it."""

import html
from typing import Final
from urllib.parse import urlsplit

from stickyboard.address import is_loopback

HEAD_PX: Final = 120
CHARTS_PX: Final = 260
SCENE_PX: Final = 360
MOST_PX: Final = 1600
CHARTS_PER_ROW: Final = 3


def html_of(url: str, metrics: int, scenes: int) -> str:
    """Return the board as a frame, or what to set.

    Args:
        url: of the server; "" if none is known.
        metrics: how many numbers have a name; each has a chart.
        scenes: how many other scenes the run fills.
    """
    if not url:
        return "<p>No board is running. Start one in a terminal: <code>stickyboard serve</code></p>"
    board = html.escape(f"{url.rstrip('/')}/b/runs/", quote=True)
    link = f'<a href="{board}" target="_blank" rel="noopener">{board}</a>'
    if not is_loopback(urlsplit(url).hostname or ""):
        return (
            f"<p>The board is at {link}. To display it here, set <code>STICKYBOARD_EMBEDDED_BY</code> of its server "
            "to this notebook's origin, such as <code>https://notebooks.example</code>.</p>"
        )
    return (
        f'<iframe src="{board}" title="Runs" width="100%" height="{height_of(metrics, scenes)}" '
        'style="border:0;border-radius:8px"></iframe>'
        f"<p>{link}. If the frame is empty, this kernel runs on another machine than your browser: set "
        "<code>STICKYBOARD_URL</code> and <code>STICKYBOARD_TOKEN</code> to a server that both can reach.</p>"
    )


def height_of(metrics: int, scenes: int) -> int:
    """Return a height in which the scenes of a run fit, in pixels."""
    rows = -(-metrics // CHARTS_PER_ROW)
    return min(MOST_PX, HEAD_PX + SCENE_PX + rows * CHARTS_PX + -(-scenes // 2) * SCENE_PX)
