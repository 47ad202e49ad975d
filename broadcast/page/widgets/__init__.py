"""Widgets: how an event type is drawn, declared as `EventType(…, show=Lines(…))`.

Options are plain settings, or names of the Struct's fields. `values.loss` names a field inside a field.
"""

from broadcast.page.widgets.base import Threshold, Widget
from broadcast.page.widgets.cells import Heatmap, Matrix, Timeline
from broadcast.page.widgets.charts import Bars, Histogram, Lines, Scatter, Share
from broadcast.page.widgets.custom import Custom
from broadcast.page.widgets.numbers import Number, Progress
from broadcast.page.widgets.tables import Column, Table
from broadcast.page.widgets.texts_and_images import Feed, Image, Text

__all__ = [
    "Bars",
    "Column",
    "Custom",
    "Feed",
    "Heatmap",
    "Histogram",
    "Image",
    "Lines",
    "Matrix",
    "Number",
    "Progress",
    "Scatter",
    "Share",
    "Table",
    "Text",
    "Threshold",
    "Timeline",
    "Widget",
]
