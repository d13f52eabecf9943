"""What is drawn instead where the declared type would mislead."""

from __future__ import annotations

import math
from dataclasses import replace

from qms_reports.charts.fixed_words import count, say, sentences
from qms_reports.charts.numerals import in_its_language, value_text
from qms_reports.charts.specification import MOST_SLICES, Chart


@in_its_language
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
    number, kind = count(len(slices)), say(specification.type)
    if specification.unit == "%":
        said = say("bars_instead", count=number, kind=kind)
    else:
        total = value_text(math.fsum(slices), specification.decimals, specification.unit)
        said = say("bars_instead_of", count=number, kind=kind, total=total)
    looks = replace(
        specification, type="bar", horizontal=True, legend=False, stacked=False, colors=specification.colors[:1]
    )
    return replace(chart, specification=looks, note=sentences(said, chart.note))
