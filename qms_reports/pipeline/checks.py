"""What is asked of each asset.  The answers are results and never raise: what cannot be told is a failed check."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import dagster as dg

from qms_reports import building
from qms_reports.charts.specification import Chart
from qms_reports.datasets.ingestion import versions
from qms_reports.declarations.catalogue import Broken, Catalogue
from qms_reports.declarations.issues import Issue
from qms_reports.declarations.models import Dataset, Template
from qms_reports.editions import Edition
from qms_reports.kpis.table import TOTAL, KpiRow, KpiTable
from qms_reports.periods import Period, period_of, periods_between
from qms_reports.record_versions import RecordVersions
from qms_reports.reports.control_totals import unreconciled
from qms_reports.reports.document import Report, Tile
from qms_reports.reports.glyph_check import missing_characters
from qms_reports.reports.publishing import Published
from qms_reports.reports.stored_document import read_report
from qms_reports.settings import Settings
from qms_reports.store import kept_session, quote


@dataclass(frozen=True, slots=True)
class Checked:
    """A file of a report and what was found when it was looked at.

    Attributes:
        published: The file.
        check: The result.
        variant: Parameters of the report, as in paths.
        headline: Its summary.
        figures: How many figures were compared.
    """

    published: Published
    check: dg.AssetCheckResult
    variant: str
    headline: str
    figures: int


ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def received(source: str, deliveries: Sequence[Any]) -> dg.AssetCheckResult:
    """Whether anything has been received."""
    if deliveries:
        return dg.AssetCheckResult(passed=True, check_name="received", description=f"{len(deliveries)} files")
    description = f"nothing received yet; put a file into the inbox's folder '{source}'"
    return dg.AssetCheckResult(passed=False, check_name="received", severity=WARN, description=description)


def month_rows(store: RecordVersions, month: str) -> int:
    """Records of a month as known now."""
    sql = store.as_known(months=(month,))
    if not sql:
        return 0
    return int(kept_session().execute(f"SELECT count(*) FROM ({sql})").fetchall()[0][0])


def standing_quarantine(store: RecordVersions, month: str, *, full: bool) -> int:
    """Rows of a month that are in quarantine and have not been delivered rightly since.

    Args:
        store: The dataset's records.
        month: Month.
        full: Whether the source delivers full extracts: then only the latest one tells what is wrong.
    """
    commits = store.commits()
    touching = [commit for commit in (commits[-1:] if full else commits) if commit.quarantined_months.get(month)]
    if not touching:
        return 0
    rejected = " UNION ALL ".join(
        f"SELECT coalesce(key, sha256 || ':' || row) AS record, row, {commit.number} AS number "
        f"FROM ({store.quarantine([commit])}) WHERE month = {quote(month)}"
        for commit in touching
    )
    later = store.all_versions() or "SELECT NULL::VARCHAR AS _key, NULL::INTEGER AS _commit WHERE false"
    sql = (
        f"WITH rejected AS ({rejected}), last AS (SELECT record, max(number) AS number FROM rejected GROUP BY record) "
        "SELECT count(DISTINCT (record, row)) FROM rejected JOIN last USING (record, number) "
        # Only these two columns: a declared one may be called "number" or "last" too.
        f"WHERE NOT EXISTS (SELECT 1 FROM (SELECT _key, _commit FROM ({later})) "
        "WHERE _key = last.record AND _commit > last.number)"
    )
    found = kept_session().execute(sql).fetchall()
    return int(found[0][0])


def unusable_months(settings: Settings, catalogue: Catalogue, datasets: Sequence[Dataset], period: Period) -> list[str]:
    """What the blocking checks say of the months of a longer period; a month's own dataset step has asked already."""
    if period.frequency == "month":
        return []
    last = period.end - dt.timedelta(days=1)
    months = periods_between(period_of(period.start, "month"), period_of(last, "month"))
    results = [
        (dataset.dataset, month.key, rules(settings, catalogue, dataset, month.key))
        for dataset in datasets
        for month in months
    ]
    return [f"datasets/{name} {month}: {result.description}" for name, month, result in results if not result.passed]


def rules(settings: Settings, catalogue: Catalogue, dataset: Dataset, month: str) -> dg.AssetCheckResult:
    """Whether a month is good enough to report on."""
    store = versions(settings, dataset)
    rows = month_rows(store, month)
    source = catalogue.sources.get(dataset.source or "")
    quarantined = standing_quarantine(store, month, full=source is not None and source.delivers == "full")
    share = quarantined / (rows + quarantined) if rows + quarantined else 0.0
    limit = dataset.quality.max_quarantined_share
    problems = []
    if share > limit:
        problems.append(
            f"{quarantined} of {rows + quarantined} rows are in quarantine ({share:.1%}, limit {limit:.1%})"
        )
    if store.months() and store.months()[0] <= month <= store.months()[-1] and rows < dataset.quality.min_rows:
        problems.append(f"{rows} rows, at least {dataset.quality.min_rows} are expected")
    return dg.AssetCheckResult(
        passed=not problems,
        check_name="rules",
        severity=ERROR,
        description="; ".join(problems) or f"{rows} records, {quarantined} rows in quarantine",
        metadata={"records": rows, "quarantined": quarantined, "quarantined_share": share},
    )


def plausible(catalogue: Catalogue, domain: str, rows: Sequence[KpiRow], key: Sequence[str]) -> dg.AssetCheckResult:
    """Whether the figures can be true at all."""
    problems = []
    totals = {row.kpi: row for row in rows if row.ago == 0 and row.dimension == TOTAL}
    parts: dict[tuple[str, str], float] = {}
    for row in rows:
        kpi = catalogue.kpis[row.kpi]
        whole = row.denominator
        if (
            kpi.kind == "proportion"
            and row.numerator is not None
            and whole is not None
            and not 0 <= row.numerator <= whole
        ):
            problems.append(f"{row.kpi} {row.member or 'total'} {row.period}: {row.numerator} of {whole}")
        if (
            row.ago == 0
            and row.dimension != TOTAL
            and kpi.kind in ("count", "level")
            and "distinct" not in (kpi.numerator or "").lower()
        ):
            parts[(row.kpi, row.dimension)] = parts.get((row.kpi, row.dimension), 0) + (row.numerator or 0)
    for (name, dimension), total in sorted(parts.items()):
        if (whole := totals[name].numerator) is not None and abs(total - whole) > 1e-9 * max(abs(whole), 1):
            problems.append(f"{name}: the members of {dimension} add up to {total:g}, the total is {whole:g}")
    description = "; ".join(problems[:5]) or f"{len(totals)} figures of {domain} are plausible"
    return dg.AssetCheckResult(
        passed=not problems, check_name="plausible", severity=WARN, description=description, asset_key=dg.AssetKey(key)
    )


def drawn(template: str, charts: Sequence[Chart]) -> dg.AssetCheckResult:
    """Whether every chart can be laid out."""
    from qms_reports.charts.layout import draw

    problems = []
    empty = [chart.specification.id for chart in charts if chart.empty]
    for chart in charts:
        try:
            draw(chart)
        except ValueError as error:
            problems.append(str(error))
    return dg.AssetCheckResult(
        passed=not problems,
        check_name="drawn",
        severity=ERROR,
        description="; ".join(problems)
        or f"{len(charts) - len(empty)} charts; without data: {', '.join(empty) or 'none'}",
        asset_key=dg.AssetKey(["charts", template]),
    )


def figures(
    settings: Settings,
    catalogue: Catalogue,
    template: Template,
    edition: Edition,
    report: Report,
    made: Published,
    key: dg.AssetKey,
) -> dg.AssetCheckResult:
    """Whether a written file opens and shows the figures of the KPI table."""
    problems = []
    table = building.figures(settings, catalogue, template, edition)
    tiles = all_tiles(report)
    for tile in tiles:
        row = table.total(tile.kpi)
        if row is None or row.value != tile.value:
            problems.append(
                f"{tile.kpi} is {tile.value} in the document and {row.value if row else 'absent'} in the table"
            )
    problems += unreconciled(report.control_totals)
    problems += _appendix_problems(catalogue, report, table)
    if made.pages < 1:
        problems.append("the file has no page")
    problems += _problems_of_file(made, report, tiles)
    # A character that no font has stands in the records themselves; it must not keep a month from being reported.
    unprintable = [str(found) for found in missing_characters(report)] if made.form == "pdf" else []
    return dg.AssetCheckResult(
        passed=not problems and not unprintable,
        check_name="figures",
        severity=ERROR if problems else WARN,
        description="; ".join([*problems[:5], *unprintable[:3]]) or f"{len(tiles)} figures agree",
        metadata={"figures": len(tiles), "pages": made.pages},
        asset_key=key,
    )


def all_tiles(report: Report) -> list[Tile]:
    """The headline figures of a report and those of its sections."""
    return [*report.tiles, *(tile for section in report.sections for tile in section.tiles)]


def of_all(made: Sequence[Checked], key: dg.AssetKey) -> dg.AssetCheckResult:
    """One result for the files of one form, of which there may be one per value of a parameter."""
    if len(made) == 1:
        return made[0].check
    failed = [one for one in made if not one.check.passed]
    said = [f"{one.variant}: {one.check.description}" for one in failed]
    figures_ = sum(one.figures for one in made)
    return dg.AssetCheckResult(
        passed=not failed,
        check_name="figures",
        severity=ERROR,
        description="; ".join(said[:5]) or f"{figures_} figures of {len(made)} reports agree",
        metadata={"figures": figures_, "reports": len(made)},
        asset_key=key,
    )


def _appendix_problems(catalogue: Catalogue, report: Report, table: KpiTable) -> list[str]:
    """Whether the records listed are as many as the figures count."""
    problems = []
    for appendix in report.appendices:
        row = table.total(appendix.kpi)
        listed = appendix.table.total_rows if appendix.table.total_rows is not None else len(appendix.table.rows)
        if row is None or row.records != appendix.population:
            records = row.records if row else "no"
            problems.append(
                f"{appendix.kpi} is computed from {records} records, its appendix has {appendix.population}"
            )
        counts = (catalogue.kpis[appendix.kpi].numerator or "").lower().replace(" ", "")
        if row is not None and re.fullmatch(r"count\(\*\)|count_if\([^()]*\)", counts):
            numerator = row.numerator or 0
            if numerator != appendix.counted:
                problems.append(f"{appendix.kpi} counts {numerator:g} records, its appendix {appendix.counted}")
        if listed < appendix.counted:
            problems.append(f"{appendix.kpi}: {listed} of {appendix.counted} counted records are listed")
    return problems


def _workbook_problems(made: Published, tiles: Sequence[Tile]) -> list[str]:
    """Read the workbook back with another library and look for every figure."""
    import python_calamine

    workbook = python_calamine.CalamineWorkbook.from_path(str(made.path))
    rows = workbook.get_sheet_by_index(0).to_python()
    found = {cell for row in rows for cell in row if isinstance(cell, int | float) and not isinstance(cell, bool)}
    return [
        f"{tile.kpi} ({tile.value}) is not in the workbook"
        for tile in tiles
        if tile.value is not None and tile.value not in found
    ]


def _problems_of_file(made: Published, report: Report, tiles: Sequence[Tile]) -> list[str]:
    """Read a file back and look for what it must show."""
    if made.form == "xlsx":
        return _workbook_problems(made, tiles)
    if made.form == "pdf":
        return _pdf_problems(made)
    content = made.path.read_bytes()
    if made.form == "json":
        same = read_report(content) == report
        return [] if same else ["what is read from the file is not the report it was written from"]
    text = content.decode()
    return [
        f"{tile.kpi} ({tile.text}) is not on the page"
        for tile in tiles
        if html.escape(tile.text, quote=False) not in text
    ]


def _pdf_problems(made: Published) -> list[str]:
    content = made.path.read_bytes()
    problems = []
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        problems.append("the PDF is not complete")
    return problems


def valid_template(catalogue: Catalogue, name: str) -> dg.AssetCheckResult:
    """Whether a template is usable, with its warnings."""
    key = dg.AssetKey(["templates", name])
    gone = next((b for b in catalogue.broken if b.kind == "template" and b.name == name), None)
    if name not in catalogue.templates:
        return broken(gone, key)
    files = catalogue.origins[("template", name)].declaration.files
    issues = [issue for issue in catalogue.issues if issue.file in files]
    return dg.AssetCheckResult(
        passed=True,
        check_name="valid",
        description=f"{len(issues)} remarks" if issues else "no issue",
        metadata=_issue_metadata(issues),
        asset_key=key,
    )


def broken(found: Broken | None, key: dg.AssetKey) -> dg.AssetCheckResult:
    """The failing check of a broken declaration; it passes once the declaration has been mended."""
    if found is None:
        description = "mended; reload the code location to use it"
        return dg.AssetCheckResult(passed=True, check_name="valid", description=description, asset_key=key)
    return dg.AssetCheckResult(
        passed=False,
        check_name="valid",
        severity=ERROR,
        description="\n".join(map(str, found.issues)),
        metadata=_issue_metadata(found.issues),
        asset_key=key,
    )


def _issue_metadata(issues: Sequence[Issue]) -> dict[str, Any]:
    if not issues:
        return {}
    records = [
        dg.TableRecord(
            {
                "place": f"{i.file}:{i.line}:{i.column}",
                "severity": i.severity.value,
                "field": i.field,
                "message": i.message,
                "hint": i.hint,
                "code": i.code,
                "page": i.url,
            }
        )
        for i in issues
    ]
    return {"issues": dg.MetadataValue.table(records)}
