"""The appendix: the records behind every number, with what decides about them and the file and row they are from.

Two statements per dataset, whatever the number of KPIs: one counts, one lists.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from qms_reports.charts.filling import Filling
from qms_reports.declarations.models import Dataset, Kpi, Template
from qms_reports.declarations.references import full_types
from qms_reports.kpis.aggregations import Aggregation, aggregation, exposure
from qms_reports.kpis.conditions import counted_condition, record_condition
from qms_reports.kpis.tracing import population_rows, records_of_view
from qms_reports.languages import Language
from qms_reports.reports import wording
from qms_reports.reports.document import Appendix, Cell, Column, Table
from qms_reports.reports.record_cells import capitalised, column_of, plain_cell
from qms_reports.reports.rows import QueriedRows, RowSource, batches
from qms_reports.store import identifier, stopped_after

MOST_HELD = 20_000
"""Rows of a table that are held in the document; more are handed to the writers one after the other."""
_FIXED = 4
_ORDER = "NOT _counted, _key, _file, _row"
"""Counted records first, then by key: the order of a reader who looks one up."""
_PLAIN = (str, int, dt.date, type(None))
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


def appendix_kpis(template: Template) -> tuple[str, ...]:
    """The KPIs whose records a report lists."""
    if template.appendix is None:
        return ()
    return tuple(dict.fromkeys(template.appendix.kpis or template.tiles))


def appendices(filling: Filling, template: Template, sources: dict[str, RowSource]) -> tuple[Appendix, ...]:
    """The records behind the KPIs of a template's appendix, as declared; those without a figure are left out.

    Args:
        filling: The figures and the records.
        template: Its `appendix`.
        sources: Filled with all rows of the tables that hold only the first `MOST_HELD`.
    """
    shown = [filling.catalogue.kpis[name] for name in appendix_kpis(template)]
    rows = {kpi.kpi: filling.table.total(kpi.kpi) for kpi in shown}
    shown = [kpi for kpi in shown if (row := rows[kpi.kpi]) is not None and row.state != "no data"]
    listings = []
    for kpi in shown:
        listings.append(_Listing(kpi, aggregation(kpi, filling.catalogue.datasets[kpi.dataset])))
        if (held := kpi.exposure) is not None:
            item = exposure(kpi, held, filling.catalogue.datasets[held.dataset])
            listings.append(_Listing(kpi, item, exposed=True))
    found = _found(filling, listings, template.appendix.limit if template.appendix else 0)
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
        for one in (own, exposed):
            if one is not None and one.source is not None:
                sources[one.table.id] = one.source
    return tuple(made)


@dataclass(frozen=True, slots=True)
class _Found:
    """The records of a listing; `source` gives all of them where the table holds only the first."""

    table: Table
    counted: int
    population: int
    source: RowSource | None


def _found(filling: Filling, listings: Sequence[_Listing], limit: int) -> dict[tuple[str, bool], _Found]:
    by_dataset: dict[str, list[_Listing]] = {}
    for listing in listings:
        by_dataset.setdefault(listing.item.dataset, []).append(listing)
    found = {}
    for name, several in sorted(by_dataset.items()):
        register = _Register(filling, filling.catalogue.datasets[name])
        for listing, one in zip(several, register.listed(several, limit), strict=True):
            found[(listing.kpi.kpi, listing.exposed)] = one
    return found


class _Register:
    """The records of one dataset, from which KPIs are listed."""

    def __init__(self, filling: Filling, dataset: Dataset) -> None:
        self._filling = filling
        self._dataset = dataset
        self._types = full_types(dataset, {"dataset": filling.catalogue.datasets})
        self._base = filling.catalogue.stored(dataset.dataset)
        words = filling.language
        self._yes, self._no = words.text("document.yes"), words.text("document.no")
        commits = filling.session.commits[self._base.dataset]
        self._files = {sha256: file for commit in commits for _, file, sha256 in commit.sources}

    def listed(self, listings: Sequence[_Listing], limit: int) -> list[_Found]:
        """The records of some listings, in two statements for all of them."""
        filling = self._filling
        chosen = [population_rows(filling.settings, filling.catalogue, one.item, filling.period) for one in listings]
        columns = [self._columns(listing) for listing in listings]
        wanted = sorted({name for names in columns for name in names})
        texts = [self._listing(one, sql, wanted) for one, sql in zip(listings, chosen, strict=True)]
        sizes = " UNION ALL ".join(
            f"SELECT {number} AS _number, count(*) FILTER (_counted), count(*), (SELECT count(*) FROM ({text})) "
            f"FROM ({sql})"
            for number, (sql, text) in enumerate(zip(chosen, texts, strict=True))
        )
        cursor = filling.session.cursor()
        what = f"the appendix over dataset {self._dataset.dataset}"
        with stopped_after(cursor, filling.settings.statement_seconds, what):
            counts = cursor.execute(f"SELECT * FROM ({sizes}) ORDER BY _number").fetchall()
        parts = [
            f"SELECT {number} AS _number, * FROM ({text}"
            + (f" ORDER BY {_ORDER} LIMIT {MOST_HELD})" if counts[number][3] > MOST_HELD else ")")
            for number, text in enumerate(texts)
        ]
        sql = f"SELECT * FROM ({' UNION ALL '.join(parts)}) ORDER BY _number, {_ORDER}"
        with stopped_after(cursor, filling.settings.statement_seconds, what):
            listed = cursor.execute(sql).fetchall()
        held: list[list[tuple[Any, ...]]] = [[] for _ in listings]
        for number, *values in listed:
            held[number].append(tuple(values))
        found = []
        for place, (listing, names) in enumerate(zip(listings, columns, strict=True)):
            _, counted, population, total = counts[place]
            where = [wanted.index(name) + _FIXED for name in names]
            rows = tuple(self._cells(values, where) for values in held[place])
            table = self._table(listing, names, rows, (counted, population, total), limit)
            source = self._source(table, texts[place], where) if total > len(rows) else None
            found.append(_Found(table, counted, population, source))
        return found

    def _columns(self, listing: _Listing) -> tuple[str, ...]:
        """The columns that decide whether a record counts, as far as they are not its key; then the dimensions."""
        item, types, dataset = listing.item, self._types, self._dataset
        calendars = tuple(self._filling.catalogue.calendars.values())
        condition = record_condition(item.roles, types, item.filter, calendars)
        named = set(re.findall(r"\w+", f"{counted_condition(item, types, calendars)} {condition}"))
        dates = [dataset.roles.opened] if item.date == "as_of" else [item.date]
        deciding = [name for name in types if name in named and name not in dates]
        wanted = [*filter(None, dates), *deciding, *(name for name in dataset.dimensions if name in types)]
        alone = dataset.key if len(dataset.key) == 1 else ()  # of a key of several columns each may decide
        return tuple(name for name in dict.fromkeys(wanted) if name not in alone)[:_MOST_COLUMNS]

    def _listing(self, listing: _Listing, sql: str, columns: Sequence[str]) -> str:
        """SELECT of the records to list: `_FIXED` columns that tell where each is from, then the wanted ones."""
        origin, row = f"({sql}) v", "v"
        if self._dataset.view is not None:
            origin, row = records_of_view(self._dataset.view, sql), "b"
        counted = "" if listing.all_listed else " WHERE v._counted"
        values = "".join(f", v.{identifier(name)}" for name in columns)
        return f"SELECT v._counted, {row}._key, {row}._file, {row}._row{values} FROM {origin}{counted}"

    def _cells(self, values: Sequence[Any], where: Sequence[int]) -> tuple[Cell, ...]:
        words = self._filling.language
        counted, key, file, row = values[:_FIXED]
        own = [values[place] for place in where]
        return (
            key.replace("\x1f", " | "),
            *[value if type(value) in _PLAIN else plain_cell(value, words) for value in own],
            self._yes if counted else self._no,
            self._files.get(file, file[:12]),
            row,
        )

    def _source(self, table: Table, text: str, where: Sequence[int]) -> RowSource:
        session = self._filling.session

        def read() -> Iterator[Sequence[Cell]]:
            for values in batches(session.cursor().execute(f"SELECT * FROM ({text}) ORDER BY {_ORDER}")):
                yield self._cells(values, where)

        return QueriedRows(table.columns, table.total_rows or 0, read)

    def _table(
        self,
        listing: _Listing,
        names: Sequence[str],
        rows: tuple[tuple[Cell, ...], ...],
        counts: tuple[int, int, int],
        limit: int,
    ) -> Table:
        words, kpi = self._filling.language, listing.kpi
        counted, population, total = counts
        longest = max((len(str(row[0])) for row in rows), default=0)
        record = capitalised(self._base.record) or words.text("document.record")
        columns = (
            Column(record, "text", weight=min(max(longest, 8), 32) / 8),
            *(
                column_of(self._dataset, self._types, name, [row[place + 1] for row in rows[:limit]])
                for place, name in enumerate(names)
            ),
            Column(words.text("document.counted"), "text", weight=0.9),
            Column(words.text("document.file"), "text", weight=2.0),
            Column(words.text("document.row"), "integer", weight=0.8),
        )
        return Table(
            id=f"appendix-{kpi.kpi}-exposure" if listing.exposed else f"appendix-{kpi.kpi}",
            title=words.text("document.appendix_exposure", title=kpi.title) if listing.exposed else kpi.title,
            columns=columns,
            rows=rows,
            note=_note(words, self._dataset, (counted, population), exposed=listing.exposed),
            total_rows=total,
            print_rows=min(limit, total),
        )


def _note(words: Language, dataset: Dataset, counts: tuple[int, int], *, exposed: bool) -> str:
    key = "document.appendix_exposure_note" if exposed else "document.appendix_note"
    counted, population = (words.number(count, 0) for count in counts)
    note = words.text(key, counted=counted, population=population)
    if dataset.view is not None:
        note += " " + words.text("document.appendix_grouped", title=dataset.title)
    return note
