"""The control chart of a KPI's series as a chart to draw: points, lines, and what is said about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qms_reports.charts.specification import Chart, ChartSpecification, Mark, PhaseStart, Series
from qms_reports.declarations.models import Kpi
from qms_reports.fiscal_calendar import CALENDAR_YEAR, FiscalCalendar
from qms_reports.kpis.baselines import Baselines
from qms_reports.kpis.control_charting import KpiControlChart, NoControlChart, kpi_control_chart
from qms_reports.kpis.signals import NAMES
from qms_reports.kpis.table import KpiRow
from qms_reports.periods import Frequency
from qms_reports.statistics.rules import RULES

_SKEWED = ("g", "t")
"""Charts whose limits are no whole number of sigmas away: they have no zones."""

_NO_LINE = ("Centre line", "Lower limit", "Upper limit")


def control_chart_picture(
    specification: ChartSpecification,
    kpi: Kpi,
    rows: Sequence[KpiRow],
    labels: Sequence[str],
    baselines: Baselines,
    frequency: Frequency,
    fiscal: FiscalCalendar = CALENDAR_YEAR,
) -> Chart:
    """The control chart of consecutive figures of one KPI, of the total or of one member.

    The subtitle or, if one is declared, the note names the chart and the rules in force; the note says what the limits
    rest on, names every signal and every point that is not judged.  Without limits the points are shown alone and the
    note says why.

    Args:
        specification: How it looks.
        kpi: The KPI.
        rows: Its figures, oldest first.
        labels: Name of each period.
        baselines: The frozen limits, as known.
        frequency: Length of the periods.
        fiscal: For the keys of fiscal years.
    """
    names = (kpi.title, *_NO_LINE)
    try:
        found = kpi_control_chart(kpi, rows, baselines, frequency, fiscal)
    except NoControlChart as error:
        points = tuple(None if row.state == "no data" else row.value for row in rows)
        nothing = (None,) * len(rows)
        series = tuple(Series(name, points if place == 0 else nothing) for place, name in enumerate(names))
        return Chart(specification, tuple(labels), series, f"No control limits: {error}.")
    runs = (found.points, found.center, found.lower, found.upper)
    marks = [Mark(place, " ".join(rules)) for place, rules in found.signals.items()]
    marks += [Mark(place, reason, "excluded") for place, reason in found.excluded.items()]
    return Chart(
        replace(
            specification,
            subtitle=specification.subtitle or _subtitle(found),
            zones=specification.zones and found.kind not in _SKEWED,
        ),
        tuple(labels),
        tuple(Series(name, values) for name, values in zip(names, runs, strict=True)),
        _note(found, labels, f"{_subtitle(found)}. " if specification.subtitle else ""),
        tuple(sorted(marks, key=lambda mark: mark.position)),
        _phases(found),
    )


def chart_name(found: KpiControlChart) -> str:
    """The kind of chart as printed, such as ``c chart``."""
    return f"{NAMES.get(found.kind, found.kind)} chart"


def limits_text(found: KpiControlChart, labels: Sequence[str]) -> str:
    """What the latest limits rest on."""
    frozen = found.baseline
    if frozen is not None:
        text = (
            f"Limits frozen by {frozen.frozen_by} on {frozen.frozen_at:%Y-%m-%d} over {frozen.points} points, "
            f"{frozen.first_period} to {frozen.last_period}: {frozen.reason}"
        )
    else:
        first = labels[found.phases[-1]]
        text = f"Limits from the points before the latest, from {first}; no baseline is frozen"
    if found.provisional:
        text += "; provisional, from fewer than 20 points"
    if found.sigma_z is not None:
        text += f"; sigma z = {found.sigma_z:.2f}"
    return text


def _subtitle(found: KpiControlChart) -> str:
    rules = ", ".join(found.rules) or "none"
    return f"{chart_name(found)}; rules in force: {rules}"


def _note(found: KpiControlChart, labels: Sequence[str], before: str) -> str:
    parts = [
        "Signals: " + ", ".join(f"{labels[place]} ({' '.join(rules)})" for place, rules in found.signals.items())
        if found.signals
        else "No signal"
    ]
    parts += [
        f"{rule}: {RULES[rule]}" for rule in found.rules if any(rule in names for names in found.signals.values())
    ]
    if found.excluded:
        parts.append(
            "Not judged: " + ", ".join(f"{labels[place]} ({reason})" for place, reason in found.excluded.items())
        )
    parts.append(limits_text(found, labels))
    return before + ". ".join(parts) + "."


def _phases(found: KpiControlChart) -> tuple[PhaseStart, ...]:
    frozen = {place: PhaseStart(place, "Frozen limits") for place in found.frozen_at}
    for place in found.phases[1:]:
        frozen[place] = PhaseStart(place, "New limits", new_limits=True)
    return tuple(frozen[place] for place in sorted(frozen))
