"""The control chart of a KPI's series as a chart to draw: points, lines, and what is said about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from qms_reports.charts.fixed_words import fixed, listed, say, sentences
from qms_reports.charts.numerals import printing_in
from qms_reports.charts.specification import Chart, ChartSpecification, Mark, PhaseStart, Series
from qms_reports.declarations.models import Kpi
from qms_reports.fiscal_calendar import CALENDAR_YEAR, FiscalCalendar
from qms_reports.kpis.baselines import Baselines
from qms_reports.kpis.control_charting import KpiControlChart, NoControlChart, kpi_control_chart
from qms_reports.kpis.signals import NAMES
from qms_reports.kpis.table import KpiRow
from qms_reports.periods import Frequency

_SKEWED = ("g", "t")
"""Charts whose limits are no whole number of sigmas away: they have no zones."""

_REASONS = {"period not wholly covered": "period_partial", "period not final yet": "period_immature"}
_RULES = {
    "WE1": "rule_beyond_3", "WE2": "rule_two_of_three", "WE3": "rule_four_of_five", "WE4": "rule_eight",
    "N1": "rule_beyond_3", "N2": "rule_nine", "N3": "rule_trend", "N4": "rule_alternating", "N5": "rule_two_of_three",
    "N6": "rule_four_of_five", "N7": "rule_within_1", "N8": "rule_beyond_1",
}  # fmt: skip
"""The rules in words, see `qms_reports.statistics.rules.RULES`."""

_LINES = ("center_line", "lower_limit", "upper_limit")


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
    with printing_in(specification.language):
        return _picture(specification, kpi, rows, labels, baselines, frequency, fiscal)


def _picture(
    specification: ChartSpecification,
    kpi: Kpi,
    rows: Sequence[KpiRow],
    labels: Sequence[str],
    baselines: Baselines,
    frequency: Frequency,
    fiscal: FiscalCalendar,
) -> Chart:
    names = (kpi.title, *map(say, _LINES))
    try:
        found = kpi_control_chart(kpi, rows, baselines, frequency, fiscal)
    except NoControlChart as error:
        points = tuple(None if row.state == "no data" else row.value for row in rows)
        nothing = (None,) * len(rows)
        series = tuple(Series(name, points if place == 0 else nothing) for place, name in enumerate(names))
        return Chart(specification, tuple(labels), series, sentences(say("no_control_limits", why=error)))
    runs = (found.points, found.center, found.lower, found.upper)
    marks = [Mark(place, " ".join(rules)) for place, rules in found.signals.items()]
    marks += [Mark(place, _reason(reason), "excluded") for place, reason in found.excluded.items()]
    return Chart(
        replace(
            specification,
            subtitle=specification.subtitle or _subtitle(found),
            zones=specification.zones and found.kind not in _SKEWED,
        ),
        tuple(labels),
        tuple(Series(name, values) for name, values in zip(names, runs, strict=True)),
        _note(found, labels, _subtitle(found) if specification.subtitle else ""),
        tuple(sorted(marks, key=lambda mark: mark.position)),
        _phases(found),
    )


def chart_name(found: KpiControlChart) -> str:
    """The kind of chart as printed, such as ``c chart``."""
    return say("control_chart", kind=NAMES.get(found.kind, found.kind))


def limits_text(found: KpiControlChart, labels: Sequence[str]) -> str:
    """What the latest limits rest on."""
    frozen = found.baseline
    if frozen is not None:
        text = say(
            "limits_frozen",
            who=frozen.frozen_by,
            day=f"{frozen.frozen_at:%Y-%m-%d}",
            points=frozen.points,
            first=frozen.first_period,
            last=frozen.last_period,
            reason=frozen.reason,
        )
    else:
        first = labels[found.phases[-1]]
        text = say("limits_from_points", first=first)
    if found.provisional:
        text += say("semicolon") + say("provisional")
    if found.sigma_z is not None:
        text += say("semicolon") + f"sigma z = {fixed(found.sigma_z, 2)}"
    return text


def _subtitle(found: KpiControlChart) -> str:
    return say("rules_in_force", chart=chart_name(found), rules=listed(found.rules) or say("no_rules"))


def _note(found: KpiControlChart, labels: Sequence[str], before: str) -> str:
    signals = [f"{labels[place]} ({' '.join(rules)})" for place, rules in found.signals.items()]
    parts = [say("signals", list=listed(signals)) if signals else say("no_signal")]
    told = [rule for rule in found.rules if any(rule in names for names in found.signals.values())]
    parts += [say("of_series", name=rule, text=say(_RULES[rule])) for rule in told]
    if found.excluded:
        excluded = [f"{labels[place]} ({_reason(reason)})" for place, reason in found.excluded.items()]
        parts.append(say("not_judged", list=listed(excluded)))
    return sentences(before, *parts, limits_text(found, labels))


def _reason(text: str) -> str:
    """Why a point is not judged: a state of its period in the language, what somebody wrote as it is."""
    return say(_REASONS[text]) if text in _REASONS else text


def _phases(found: KpiControlChart) -> tuple[PhaseStart, ...]:
    frozen = {place: PhaseStart(place, say("frozen_limits")) for place in found.frozen_at}
    for place in found.phases[1:]:
        frozen[place] = PhaseStart(place, say("new_limits"), new_limits=True)
    return tuple(frozen[place] for place in sorted(frozen))
