"""Texts inside a plot, none of which touches another or leaves it."""

from __future__ import annotations

from qms_reports.charts.frame import Box
from qms_reports.charts.scene import Text


class Words:
    """Places texts as long as there is room for them.

    Args:
        plot: Where they may stand.
    """

    def __init__(self, plot: Box) -> None:
        self._plot = plot
        self._boxes: list[tuple[float, float, float, float]] = []
        self.items: list[Text] = []

    def add(self, text: Text) -> bool:
        """Place a text; false, and nothing placed, where there is no room."""
        left, right, low, high = text.left, text.left + text.width, text.y - 0.22 * text.size, text.y + 0.76 * text.size
        plot = self._plot
        if left < plot.left - 0.01 or right > plot.right + 0.01 or low < plot.bottom or high > plot.top:
            return False
        if not self._is_free(left, right, low, high):
            return False
        self._boxes.append((left - 0.5, right + 0.5, low, high))
        self.items.append(text)
        return True

    def keep_free(self, left: float, right: float, low: float, high: float) -> None:
        """Let no text stand in a rectangle, such as on a mark."""
        self._boxes.append((left, right, low, high))

    def _is_free(self, left: float, right: float, low: float, high: float) -> bool:
        return not any(
            left < other_right and other_left < right and low < other_high and other_low < high
            for other_left, other_right, other_low, other_high in self._boxes
        )
