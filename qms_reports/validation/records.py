"""Whether the KPIs of templates have records enough in the last periods to say anything."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from qms_reports.datasets.reading import Session, session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import Kpi, Template
from qms_reports.declarations.placed_issues import issue_at
from qms_reports.kpis.baselines import with_baselines
from qms_reports.kpis.evaluation import evaluate
from qms_reports.kpis.table import TOTAL, KpiRow
from qms_reports.periods import Frequency, Period, latest_complete
from qms_reports.settings import Settings

PERIODS = 3
"""Periods looked at: fewer would blame a quiet month."""


def enough_records(settings: Settings, catalogue: Catalogue, templates: Sequence[Template]) -> list[Issue]:
    """KPIs shown by templates that have no records, or too few to be rated, in the last complete periods.

    The last period is the latest that the deliveries of the KPI's own dataset cover.

    Args:
        settings: The installation; its records are only read.
        catalogue: All declarations.
        templates: Whose KPIs.
    """
    wanted = sorted({(template.frequency, name) for template in templates for name in catalogue.kpis_behind(template)})
    kpis = [catalogue.kpis[name] for _, name in wanted]
    stored = with_baselines(catalogue, catalogue.stored_of(kpis))
    issues: list[Issue] = []
    with session(settings, catalogue, stored) as opened:
        groups: dict[tuple[Frequency, Period], list[Kpi]] = {}
        for frequency, name in wanted:
            kpi = catalogue.kpis[name]
            period = _last(settings, catalogue, kpi, frequency, opened)
            if period is None:
                title = catalogue.datasets[kpi.dataset].title
                issues.append(_issue(catalogue, kpi, f"nothing of {title} has ever been delivered", "no_data"))
            else:
                groups.setdefault((frequency, period), []).append(kpi)
        for (_, period), some in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1].start)):
            windows = period.series(PERIODS)
            rows = evaluate(settings, catalogue, some, period, opened, windows)
            for kpi in some:
                own = [row for row in rows if row.kpi == kpi.kpi and row.dimension == TOTAL]
                issues += _judged(catalogue, kpi, own, windows)
    return list(dict.fromkeys(issues))


def _last(settings: Settings, catalogue: Catalogue, kpi: Kpi, frequency: Frequency, opened: Session) -> Period | None:
    until = opened.coverage[catalogue.stored(kpi.dataset).dataset].until
    if until is None:
        return None
    moment = dt.datetime.combine(until + dt.timedelta(days=1), dt.time(), settings.zone)
    return latest_complete(frequency, moment, settings.zone, settings.fiscal)


def _judged(catalogue: Catalogue, kpi: Kpi, rows: Sequence[KpiRow], windows: Sequence[Period]) -> list[Issue]:
    span = f"{windows[0].label()} to {windows[-1].label()}"
    if all(row.records == 0 or row.state == "no data" for row in rows):
        return [_issue(catalogue, kpi, f"has no record in the last {len(windows)} periods ({span})", "no_data")]
    if not kpi.has_denominator or kpi.target is None:
        return []
    counts = [row.denominator or 0 for row in rows]
    if all(count < kpi.min_denominator for count in counts):
        message = (
            f"had at most {max(counts):g} in the last {len(windows)} periods ({span}), {kpi.min_denominator} needed"
        )
        return [_issue(catalogue, kpi, message, "too_little")]
    return []


def _issue(catalogue: Catalogue, kpi: Kpi, message: str, code: str) -> Issue:
    hints = {
        "no_data": "deliver its records, mend its filter, or take it out of the template",
        "too_little": "without a rating in every period: use a longer frequency, 'rolling', or a lower min_denominator",
    }
    origin = catalogue.origins[("kpi", kpi.kpi)]
    text = f"{kpi.kpi} {message}"
    return issue_at(origin, ("kpi",), text, hints[code], Severity.WARNING, code=f"data_quality.{code}")
