"""The appendix: the records behind every number, with what decides about them and the file and row they are from.

One statement per dataset, whatever the number of KPIs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qms_reports.charts.filling import Filling
from qms_reports.declarations.models import Dataset, Kpi, Template
from qms_reports.declarations.references import full_types
from qms_reports.kpis.compiling import Aggregation, aggregation, counted_condition, exposure, record_condition
from qms_reports.kpis.tracing import population_rows, records_of_view
from qms_reports.languages import Language
from qms_reports.reports import wording
from qms_reports.reports.document import Appendix, Cell, Column, Table
from qms_reports.reports.record_cells import column_of, plain_cell
from qms_reports.store import identifier

_MOST_COLUMNS = 8
"""Columns between key and file: more would not be read on a page.  All deciding ones come before mere dimensions."""


@dataclass(frozen=True, slots=True)
class _Listing:
    """What is listed for one KPI: its own records, or those of its exposure."""

    kpi: Kpi
    item: Aggregation
    exposed: bool = False

    @property
    def all_listed(self) -> bool:
        """Whether records that are not counted matter too: where they are in the denominator."""
        return self.item.denominator is not None


@dataclass(frozen=True, slots=True)
class _Listed:
    """The records found for a listing."""

    table: Table
    counted: int
    population: int


def appendix_kpis(template: Template) -> tuple[str, ...]:
    """The KPIs whose records a report lists."""
    if template.appendix is None:
        return ()
    return tuple(dict.fromkeys(template.appendix.kpis or template.tiles))


def appendices(filling: Filling, template: Template) -> tuple[Appendix, ...]:
    """The records behind the KPIs of a template's appendix, as declared; those without a figure are left out."""
    shown = [filling.catalogue.kpis[name] for name in appendix_kpis(template)]
    rows = {kpi.kpi: filling.table.total(kpi.kpi) for kpi in shown}
    shown = [kpi for kpi in shown if (row := rows[kpi.kpi]) is not None and row.state != "no data"]
    listings = []
    for kpi in shown:
        listings.append(_Listing(kpi, aggregation(kpi, filling.catalogue.datasets[kpi.dataset])))
        if (held := kpi.exposure) is not None:
            item = exposure(kpi, held, filling.catalogue.datasets[held.dataset])
            listings.append(_Listing(kpi, item, exposed=True))
    assert not listings or template.appendix is not None  # noqa: S101 - without an appendix no KPI is listed
    limit = template.appendix.limit if template.appendix else 0
    found = _listed(filling, listings, limit)
    made = []
    words = filling.language
    for kpi in shown:
        row = rows[kpi.kpi]
        assert row is not None  # noqa: S101 - those without were left out
        own, exposed = found[(kpi.kpi, False)], found.get((kpi.kpi, True))
        made.append(
            Appendix(
                kpi=kpi.kpi,
                title=kpi.title,
                value=wording.with_unit(wording.number(row.value, kpi.decimals, words), kpi.unit, words),
                parts=wording.fraction(kpi, row, words),
                table=own.table,
                counted=own.counted,
                population=own.population,
                exposure=exposed.table if exposed else None,
            )
        )
    return tuple(made)


def _listed(filling: Filling, listings: Sequence[_Listing], limit: int) -> dict[tuple[str, bool], _Listed]:
    by_dataset: dict[str, list[_Listing]] = {}
    for listing in listings:
        by_dataset.setdefault(listing.item.dataset, []).append(listing)
    found = {}
    for name, several in sorted(by_dataset.items()):
        dataset = filling.catalogue.datasets[name]
        types = full_types(dataset, {"dataset": filling.catalogue.datasets})
        columns = [_columns(filling, dataset, types, listing) for listing in several]
        rows = _rows(filling, dataset, several, sorted({name for names in columns for name in names}))
        for listing, names, (held, counted, population) in zip(several, columns, rows, strict=True):
            table = _table(filling, dataset, types, listing, names, held, limit, (counted, population))
            found[(listing.kpi.kpi, listing.exposed)] = _Listed(table, counted, population)
    return found


def _columns(filling: Filling, dataset: Dataset, types: dict[str, str], listing: _Listing) -> tuple[str, ...]:
    """The columns that decide whether a record counts, as far as they are not its key; then the dimensions."""
    item = listing.item
    calendars = tuple(filling.catalogue.calendars.values())
    sql = f"{counted_condition(item, types, calendars)} {record_condition(item.roles, types, item.filter, calendars)}"
    named = set(re.findall(r"\w+", sql))
    dates = [dataset.roles.opened] if item.date == "as_of" else [item.date]
    deciding = [name for name in types if name in named and name not in dates]
    wanted = [*filter(None, dates), *deciding, *(name for name in dataset.dimensions if name in types)]
    alone = dataset.key if len(dataset.key) == 1 else ()  # of a key of several columns each may decide
    return tuple(name for name in dict.fromkeys(wanted) if name not in alone)[:_MOST_COLUMNS]


def _rows(
    filling: Filling, dataset: Dataset, listings: Sequence[_Listing], columns: Sequence[str]
) -> list[tuple[list[dict[str, Any]], int, int]]:
    """For each listing its records as dictionaries, and how many are counted and in the population."""
    chosen = [population_rows(filling.settings, filling.catalogue, one.item, filling.period) for one in listings]
    sizes = " UNION ALL ".join(
        f"SELECT {number} AS _number, count(*) FILTER (_counted), count(*) FROM ({sql})"
        for number, sql in enumerate(chosen)
    )
    counts = filling.session.cursor().execute(f"SELECT * FROM ({sizes}) ORDER BY _number").fetchall()
    parts = []
    for number, (listing, sql) in enumerate(zip(listings, chosen, strict=True)):
        origin, row = f"({sql}) v", "v"
        if dataset.view is not None:
            origin, row = records_of_view(dataset.view, sql), "b"
        listed = "" if listing.all_listed else " WHERE v._counted"
        values = "".join(f", v.{identifier(name)}" for name in columns)
        parts.append(
            f"SELECT {number} AS _number, v._counted, {row}._key, {row}._file, {row}._row{values} FROM {origin}{listed}"
        )
    # Within a KPI counted records first, then by key: the order of a reader who looks one up.
    cursor = filling.session.cursor().execute(
        f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY _number, NOT _counted, _key, _file, _row"
    )
    names = [column[0] for column in cursor.description or ()]
    held: list[list[dict[str, Any]]] = [[] for _ in listings]
    for row_values in cursor.fetchall():
        held[row_values[0]].append(dict(zip(names, row_values, strict=True)))
    return [(rows, counted, population) for rows, (_, counted, population) in zip(held, counts, strict=True)]


def _table(
    filling: Filling,
    dataset: Dataset,
    types: dict[str, str],
    listing: _Listing,
    names: Sequence[str],
    held: Sequence[dict[str, Any]],
    limit: int,
    counts: tuple[int, int],
) -> Table:
    words = filling.language
    base = filling.catalogue.stored(dataset.dataset)
    files = {sha256: file for commit in filling.session.commits[base.dataset] for _, file, sha256 in commit.sources}
    yes, no = words.text("document.yes"), words.text("document.no")
    rows: list[tuple[Cell, ...]] = [
        (
            row["_key"].replace("\x1f", " | "),
            *(plain_cell(row[name], words) for name in names),
            yes if row["_counted"] else no,
            files.get(row["_file"], row["_file"][:12]),
            row["_row"],
        )
        for row in held
    ]
    longest = max((len(str(row[0])) for row in rows), default=0)
    columns = (
        Column(base.record.capitalize() or words.text("document.record"), "text", weight=min(max(longest, 8), 32) / 8),
        *(
            column_of(dataset, types, name, [row[place + 1] for row in rows[:limit]])
            for place, name in enumerate(names)
        ),
        Column(words.text("document.counted"), "text", weight=0.9),
        Column(words.text("document.file"), "text", weight=2.0),
        Column(words.text("document.row"), "integer", weight=0.8),
    )
    kpi = listing.kpi
    title = words.text("document.appendix_exposure", title=kpi.title) if listing.exposed else kpi.title
    name = f"appendix-{kpi.kpi}-exposure" if listing.exposed else f"appendix-{kpi.kpi}"
    return Table(
        id=name,
        title=title,
        columns=columns,
        rows=tuple(rows),
        note=_note(words, dataset, counts),
        total_rows=len(rows),
        print_rows=min(limit, len(rows)),
    )


def _note(words: Language, dataset: Dataset, counts: tuple[int, int]) -> str:
    counted, population = counts
    note = words.text(
        "document.appendix_note", counted=words.number(counted, 0), population=words.number(population, 0)
    )
    if dataset.view is not None:
        note += " " + words.text("document.appendix_grouped", title=dataset.title)
    return note
