"""Bins of a histogram: where their edges are and how many observations each holds."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

MOST_BINS = 60

_EXACT_WHOLE_NUMBERS = 1e15  # beyond it a double cannot tell neighbouring whole numbers apart


def quantile(ordered: Sequence[float], share: float) -> float:
    """A quantile of sorted values, linearly interpolated (Hyndman and Fan 1996, type 7)."""
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def quartiles(ordered: Sequence[float]) -> tuple[float, float]:
    """First and third quartile of sorted values, see `quantile`."""
    return quantile(ordered, 0.25), quantile(ordered, 0.75)


def _automatic_count(ordered: Sequence[float]) -> int:
    """Number of bins by Freedman and Diaconis (1981): width 2·IQR·n^(-1/3); Sturges (1926) where the IQR is 0."""
    first, third = quartiles(ordered)
    width = 2.0 * (third - first) / len(ordered) ** (1.0 / 3.0)
    spread = ordered[-1] - ordered[0]
    if width <= 0.0 or spread / width > MOST_BINS:
        count = math.ceil(math.log2(len(ordered))) + 1 if width <= 0.0 else MOST_BINS
    else:
        count = math.ceil(spread / width)
    return max(1, min(count, MOST_BINS))


def bin_edges(values: Sequence[float | None], bins: int | None = None) -> tuple[float, ...]:
    """Edges of equal bins over all values; one more edge than there are bins.

    A declared number of bins divides the span from the smallest to the largest value.  Without one, whole numbers get
    bins of a whole width, because a width of 1.6 would count two numbers in one bin and one in the next.

    Args:
        values: Observations; ``None`` is left out.
        bins: Number of bins, at least 1; ``None`` for the Freedman-Diaconis rule.

    Raises:
        ValueError: `bins` is below 1, or a value is not finite.
    """
    if bins is not None and bins < 1:
        raise ValueError(f"a histogram needs at least 1 bin, not {bins}")
    ordered = sorted(value for value in values if value is not None)
    if not all(map(math.isfinite, ordered)):
        raise ValueError("a histogram needs finite numbers")
    if not ordered:
        return ()
    low, high = ordered[0], ordered[-1]
    whole = max(abs(low), abs(high)) < _EXACT_WHOLE_NUMBERS and all(value == math.floor(value) for value in ordered)
    if bins is None and whole:
        width = math.ceil((high - low) / _automatic_count(ordered)) if high > low else 1
        count = math.floor((high - low) / width) + 1
        return tuple(float(low + width * index) for index in range(count + 1))
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        half = max(abs(low), 1.0) * 0.05
        low, high = low - half, high + half
        count = bins or 1
    else:
        count = bins or _automatic_count(ordered)
    inner = (float(f"{low + (high - low) * index / count:.12g}") for index in range(1, count))
    return (low, *inner, high)


def bin_counts(values: Sequence[float | None], edges: Sequence[float]) -> tuple[int, ...]:
    """How many values lie in each bin; a bin holds its lower edge, and the last bin also its upper edge."""
    counts = [0] * max(0, len(edges) - 1)
    for value in values:
        if value is not None:
            counts[min(bisect_right(edges, value), len(edges) - 1) - 1] += 1
    return tuple(counts)


def histogram_bins(
    values: Sequence[float | None], bins: int | None = None
) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Edges and counts of a histogram; the drawing and the workbook both take them from here.

    Args:
        values: Observations; ``None`` is left out.
        bins: Number of bins; ``None`` for the Freedman-Diaconis rule.

    Returns:
        Edges, one more than bins, and counts, whose sum is the number of observations.

    Raises:
        ValueError: `bins` is below 1, or a value is not finite.
    """
    edges = bin_edges(values, bins)
    return edges, bin_counts(values, edges)
