"""The gallery at `/docs/widgets/`: every widget on example events, with the Python to copy."""

from broadcast.page.gallery.cells import CELLS
from broadcast.page.gallery.charts import CHARTS
from broadcast.page.gallery.example import Example
from broadcast.page.gallery.points import POINTS
from broadcast.page.gallery.texts import TEXTS

EXAMPLES: tuple[Example, ...] = (*CHARTS, *POINTS, *CELLS, *TEXTS)
