"""The tables of a report: scorecards of KPIs, KPIs by dimension, and listings of records."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from qms_reports.charts.filling import Filling
from qms_reports.declarations.models import Kpi, TableModel
from qms_reports.declarations.references import full_types
from qms_reports.kpis.aggregations import NOT_STATED
from qms_reports.kpis.conditions import record_condition
from qms_reports.kpis.populations import population_sql, windows_sql
from qms_reports.kpis.scorecards import ScoreRow
from qms_reports.reports import wording
from qms_reports.reports.change_tables import contribution_table
from qms_reports.reports.document import Cell, Column, ColumnKind, Figure, Table
from qms_reports.reports.printed_cells import MINUS, number_text
from qms_reports.reports.record_cells import column_of, plain_cell
from qms_reports.reports.score_tables import score_table
from qms_reports.reports.summary import dataset_title
from qms_reports.store import identifier, stopped_after

_SAME = 1e-9  # figures are stored with 12 significant digits


def table(filling: Filling, declared: TableModel, scores: Sequence[ScoreRow] = ()) -> Table:
    """One declared table with its rows."""
    if declared.dataset is not None:
        return _listing(filling, declared)
    if declared.scorecards:
        return score_table(filling, declared, scores)
    if declared.contribution:
        return contribution_table(filling, declared)
    kpis = [filling.catalogue.kpis[name] for name in declared.kpis]
    if declared.by is not None:
        return _by_dimension(filling, declared, kpis)
    return scorecard(filling, kpis, declared.id, declared.title, declared.note)


def scorecard(filling: Filling, kpis: list[Kpi], table_id: str, title: str, note: str = "") -> Table:
    """A row per KPI: value, what it is computed from, the periods it is compared with, target, status."""
    words = filling.language
    compared = [(filling.period.previous(), "prior"), (filling.period.same_period_last_year(), "last_year")]
    compared = compared[: 1 if compared[0][0] == compared[1][0] else 2]  # before a year comes the year before
    columns = (
        Column(words.text("document.kpi"), "text", weight=8),
        Column(words.text("document.value"), "number", weight=1.3),
        Column(words.text("document.unit"), "text", weight=1.1),
        Column(words.text("document.basis"), "text", weight=2.1),
        Column(words.text("document.interval_head"), "text", weight=1.9),
        *(Column(filling.short_label(period), "number", weight=1.2) for period, _ in compared),
        Column(words.text("document.noise"), "text", weight=1.1),
        Column(words.text("document.target_head"), "text", weight=1.7),
        Column(words.text("document.status"), "status", weight=1.7),
    )
    rows: list[tuple[Cell, ...]] = []
    shown = []
    for kpi in kpis:
        row = filling.table.total(kpi.kpi)
        if row is None:
            continue
        shown.append(kpi.kpi)
        digits = kpi.decimals
        rows.append(
            (
                kpi.title,
                Figure(row.value, digits),
                kpi.unit,
                wording.fraction(kpi, row, words),
                wording.interval_span(kpi, row, words),
                *(Figure(getattr(row, name), digits) for _, name in compared),
                wording.signal_word(row.signal, words) or "\N{EN DASH}",
                wording.aim(kpi, words),
                wording.status_cell(kpi, row, words),
            )
        )
    remarks = [(kpi.title, filling.table.total(kpi.kpi)) for kpi in kpis]
    told = [
        words.text("document.remark", title=title, remark=wording.remark(row, words))
        for title, row in remarks
        if row is not None and row.remark
    ]
    explained = words.text("document.noise_explained")
    whole = " ".join(filter(None, (note, *told, explained)))
    return Table(table_id, title, columns, tuple(rows), whole, kpi_rows=tuple(shown))


def _by_dimension(filling: Filling, declared: TableModel, kpis: list[Kpi]) -> Table:
    by, words = declared.by or "", filling.language
    dataset = filling.catalogue.datasets[kpis[0].dataset]
    shown = {row.member for kpi in kpis for row in filling.table.members(kpi.kpi, by) if row.records}
    first = {row.member: row.records for row in filling.table.members(kpis[0].kpi, by)}
    order = sorted(shown, key=lambda name: (-first.get(name, 0), name))
    kept = [name for place, name in enumerate(order) if place < declared.top or name == NOT_STATED]
    columns = [Column(dataset.dimensions[by], "text", weight=2.6)]
    columns.extend(_kpi_column(kpi) for kpi in kpis)
    rows: list[tuple[Cell, ...]] = []
    for name in kept:
        cells: list[Cell] = [wording.member(name, words)]
        for kpi in kpis:
            row = filling.table.member(kpi.kpi, by, name)
            cells.append(_cell(kpi, row.value if row else None))
        rows.append(tuple(cells))
    cells = [words.text("words.all")]
    for kpi in kpis:
        row = filling.table.total(kpi.kpi)
        cells.append(_cell(kpi, row.value if row else None))
    if rows:
        rows.append(tuple(cells))
    note = declared.note
    if len(order) > len(kept):
        more = words.text("document.more_members", count=words.number(len(order) - len(kept), 0))
        note = f"{note} {more}".strip()
    elif any(_misses_by_rounding(filling, kpi, by, kept) for kpi in kpis):
        note = f"{note} {words.text('document.may_miss')}".strip()
    return Table(declared.id, declared.title, tuple(columns), tuple(rows), note)


def _misses_by_rounding(filling: Filling, kpi: Kpi, by: str, members: Sequence[str]) -> bool:
    """Whether figures add up to the total, but not as they are printed."""
    total = filling.table.total(kpi.kpi)
    found = [filling.table.member(kpi.kpi, by, name) for name in members]
    values = [row.value for row in found if row is not None and row.value is not None]
    if total is None or total.value is None or not math.isclose(math.fsum(values), total.value, rel_tol=_SAME):
        return False
    printed = [Decimal(number_text(value, kpi.decimals).replace(MINUS, "-")) for value in (*values, total.value)]
    return sum(printed[:-1]) != printed[-1]


def _kpi_column(kpi: Kpi) -> Column:
    name = kpi.title if not kpi.unit or kpi.unit == "%" else f"{kpi.title}, {kpi.unit}"
    kind: ColumnKind = "percent" if kpi.unit == "%" else "number"
    return Column(name, kind, kpi.decimals, weight=1.2)


def _cell(kpi: Kpi, value: float | None) -> Cell:
    return Figure(value, kpi.decimals, percent=kpi.unit == "%")


def _listing(filling: Filling, declared: TableModel) -> Table:
    found, total, types = records(filling, declared)
    dataset = filling.catalogue.datasets[declared.dataset or ""]
    columns = [
        column_of(dataset, types, name, [row[place] for row in found]) for place, name in enumerate(declared.columns)
    ]
    rows = tuple(tuple(plain_cell(value, filling.language) for value in row) for row in found)
    words = filling.language
    shown = words.text(
        f"document.{'none' if not total else 'all' if total == len(rows) > 1 else 'some'}_listed",
        count=words.number(len(rows), 0),
        total=words.number(total, 0),
        title=dataset_title(filling, declared.dataset or ""),
    )
    note = f"{declared.note} {shown}".strip()
    return Table(declared.id, declared.title, tuple(columns), rows, note)


def records(filling: Filling, declared: TableModel) -> tuple[list[tuple[Any, ...]], int, dict[str, str]]:
    """The records of a declared listing.

    Returns:
        The first `limit` rows in the declared order, the number of all of them, and the type of each listed column.
    """
    dataset = filling.catalogue.datasets[declared.dataset or ""]
    types = full_types(dataset, {"dataset": filling.catalogue.datasets})
    calendars = tuple(filling.catalogue.calendars.values())
    listed = ", ".join(f"d.{identifier(name)}" for name in declared.columns)
    order = "_key"
    if declared.order:
        bare, _, way = declared.order.rpartition(" ")
        falling = way.lower() == "desc"
        if way.lower() not in ("asc", "desc"):
            bare = declared.order
        sorted_by = record_condition(dataset.roles, types, bare, calendars)
        order = f"{sorted_by} {'DESC' if falling else 'ASC'} NULLS LAST, _key"
    source = (
        f"FROM ({windows_sql([filling.period], 1, filling.settings.zone)}) w JOIN {identifier(dataset.dataset)} d "
        f"ON {population_sql(dataset, types, declared.date or 'as_of')} "
        f"WHERE {record_condition(dataset.roles, types, declared.filter, calendars)}"
    )
    cursor = filling.session.cursor()
    with stopped_after(cursor, filling.settings.statement_seconds, f"the table {declared.id}"):
        total = cursor.execute(f"SELECT count(*) {source}").fetchall()[0][0]
        rows = cursor.execute(f"SELECT {listed} {source} ORDER BY {order} LIMIT {declared.limit}").fetchall()
    return rows, int(total), types
