"""What the Dagster page shows of each asset: figures as tables, charts as pictures, hashes, paths."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

from qms_reports.charts.specification import Chart
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Kpi
from qms_reports.editions import Edition
from qms_reports.kpis.table import TOTAL, KpiRow, KpiTable
from qms_reports.periods import parse_period
from qms_reports.record_versions import Commit
from qms_reports.reports import wording
from qms_reports.reports.publishing import FORMS, Published
from qms_reports.settings import Settings

PICTURES = 12
"""Charts shown on the page; an event of Dagster's log should not grow to megabytes."""

Metadata = dict[str, Any]


def of_source(deliveries: Sequence[Any]) -> Metadata:
    """What has been received of a source."""
    if not deliveries:
        return {"deliveries": 0}
    last = deliveries[-1]
    return {
        "deliveries": len(deliveries),
        "file": last.name,
        "sha256": last.sha256,
        "bytes": last.size,
        "received_at": last.received_at,
    }


def of_dataset(month: str, version: str, commits: Iterable[Commit], counted: Mapping[str, Any]) -> Metadata:
    """A month of a dataset as its check counted it, and the deliveries that touched it."""
    touching = [commit for commit in commits if month in commit.files or month in commit.quarantined_months]
    records = [
        dg.TableRecord({"delivery": c.number, "file": c.sources[0][1], "learned_at": c.learned_at, **c.counts})
        for c in touching[-10:]
    ]
    return {
        "records": counted["records"],
        "quarantined": counted["quarantined"],
        "data_version": version,
        **({"deliveries": dg.MetadataValue.table(records)} if records else {}),
    }


def of_kpis(settings: Settings, catalogue: Catalogue, rows: Sequence[KpiRow], edition: Edition) -> Metadata:
    """The reported totals as a table, and the control charts of their series as pictures, signals first."""
    table = KpiTable(tuple(rows))
    reported = [row for row in rows if row.ago == 0 and row.dimension == TOTAL]
    records = [dg.TableRecord(_kpi_record(catalogue.kpis[row.kpi], row)) for row in reported]
    if not records:
        return {"rows": len(rows)}
    found: Metadata = {"kpis": dg.MetadataValue.table(records), "rows": len(rows)}
    first = sorted(reported, key=lambda row: (row.signal != "signal", row.kpi))
    if pictures := _control_charts(settings, catalogue, table, [row.kpi for row in first], edition):
        found["control_charts"] = dg.MetadataValue.md("\n\n".join(pictures))
    return found


def _kpi_record(kpi: Kpi, row: KpiRow) -> dict[str, str]:
    """What matters most stands at the left: the page cuts wide tables off."""
    return {
        "KPI": kpi.title,
        "value": wording.with_unit(wording.number(row.value, kpi.decimals), kpi.unit),
        "95 % interval": wording.interval(kpi, row).partition("CI ")[2],
        "trend": row.trend,
        "signal": wording.signal(row) or row.signal_basis,
        "status": wording.status_word(kpi, row),
        "target": wording.aim(kpi),
        "basis": wording.fraction(kpi, row),
        "before": wording.number(row.prior, kpi.decimals),
        "change": wording.change(kpi, row.value, row.prior),
        "last year": wording.number(row.last_year, kpi.decimals),
        "state": row.state,
        "id": row.kpi,
        "code": kpi.code,
    }


def _control_charts(
    settings: Settings, catalogue: Catalogue, table: KpiTable, names: Sequence[str], edition: Edition
) -> list[str]:
    """At most `PICTURES` control charts, of the KPIs in this order that have one."""
    from qms_reports.charts.control_filling import control_chart_picture
    from qms_reports.charts.specification import ChartSpecification
    from qms_reports.datasets.reading import session
    from qms_reports.kpis.baselines import read_baselines, with_baselines

    with session(settings, catalogue, with_baselines(catalogue, ()), edition.as_known) as opened:
        baselines = read_baselines(opened)
    pictures: list[str] = []
    for name in names:
        kpi, rows = catalogue.kpis[name], table.series(name)
        specification = ChartSpecification(
            id=name, type="control", title=kpi.title, width=420, height=210, decimals=kpi.decimals, unit=kpi.unit
        )
        labels = [parse_period(row.period, settings.fiscal).label(short=True) for row in rows]
        frequency, fiscal = edition.period.frequency, settings.fiscal
        chart = control_chart_picture(specification, kpi, rows, labels, baselines, frequency, fiscal)
        if any(value is not None for value in chart.series[1].values):
            pictures.append(_picture(chart))
        if len(pictures) == PICTURES:
            break
    return pictures


def of_template(catalogue: Catalogue, name: str) -> Metadata:
    """A template as it was read."""
    origin = catalogue.origins.get(("template", name))
    if origin is None:
        return {"file": "gone"}
    text = dg.MetadataValue.md(f"```yaml\n{origin.declaration.text[:20000]}\n```")
    return {"file": origin.declaration.file, "declaration": text}


def of_edition(edition: Edition) -> Metadata:
    """The cut-off, when one was asked for: this is then not what is known now."""
    return {"as_known": edition.as_known.isoformat()} if edition.as_known else {}


def of_editions(asked: Sequence[Edition]) -> Metadata:
    """The cut-off, and which reports of the period they are, where there are several kinds."""
    found = of_edition(asked[0])
    variants = [edition.variant for edition in asked if edition.variant]
    return found | ({"parameters": "; ".join(variants)} if variants else {})


def of_charts(charts: Sequence[Chart]) -> Metadata:
    """The charts as pictures."""
    shown = [chart for chart in charts if not chart.empty and "png" in chart.specification.outputs]
    pictures = [_picture(chart) for chart in shown[:PICTURES]]
    empty = [chart.specification.id for chart in charts if chart.empty]
    return {
        "charts": len(charts),
        **({"pictures": dg.MetadataValue.md("\n\n".join(pictures))} if pictures else {}),
        **({"without_data": ", ".join(empty)} if empty else {}),
    }


def _picture(chart: Chart) -> str:
    """A chart as a picture inside Markdown."""
    from qms_reports.charts.layout import draw
    from qms_reports.charts.picture import to_svg

    picture = base64.b64encode(to_svg(draw(chart)).encode()).decode()
    title = chart.specification.title.replace("[", "(").replace("]", ")")
    return f"![{title}](data:image/svg+xml;base64,{picture})"


def of_files(made: Sequence[Published], headline: str) -> Metadata:
    """What the page shows of the files of one form: of several all of them, and the first in full."""
    found = of_file(made[0], headline)
    paths = [path for one in made for path in (one.path, *one.further)]
    if len(paths) > 1:
        found["files"] = dg.MetadataValue.json([str(path) for path in paths])
    return found


def of_file(made: Published, headline: str) -> Metadata:
    """What the page shows of a report file."""
    found: dict[str, Any] = {
        "path": dg.MetadataValue.path(str(made.path)),
        "sha256": made.sha256,
        "content_sha256": made.content_sha256,
        FORMS[made.form].unit: made.pages,
        "version": made.version,
        "bytes": made.size,
        "headline": headline,
    }
    if made.restates:
        found["restates"] = made.restates
        found["changes"] = (
            dg.MetadataValue.table(
                [dg.TableRecord({"KPI": kpi, "before": old, "now": new}) for kpi, old, new in made.changes]
            )
            if made.changes
            else "no headline figure changed"
        )
    return found
