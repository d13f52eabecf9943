"""What is drawn instead where the declared type would mislead."""

from __future__ import annotations

import math
from dataclasses import replace

from qms_reports.charts.numerals import value_text
from qms_reports.charts.specification import MOST_SLICES, Chart


def readable(chart: Chart) -> Chart:
    """The chart itself; a pie or donut of more slices than can be told apart as level bars, which its note says.

    Angles are judged worse than lengths (Cleveland and McGill, Journal of the American Statistical Association 79
    (1984), 531-554), and more colours than six cannot be told apart by all readers.
    """
    specification = chart.specification
    if specification.type not in ("pie", "donut") or not chart.series:
        return chart
    slices = [value for value in chart.series[0].values if value]
    if len(slices) <= MOST_SLICES:
        return chart
    total = ""
    if specification.unit != "%":
        total = f", {value_text(math.fsum(slices), specification.decimals, specification.unit)} in all"
    said = f"Bars, because {len(slices)} slices of a {specification.type} cannot be told apart{total}."
    looks = replace(
        specification, type="bar", horizontal=True, legend=False, stacked=False, colors=specification.colors[:1]
    )
    return replace(chart, specification=looks, note=f"{said} {chart.note}".rstrip())
