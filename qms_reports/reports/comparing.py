"""What differs between two reports: figures, table rows, chart values, definitions and the records behind them.

Two documents are compared as they are: what is printed differently is a difference, what is computed differently but
printed alike is one too.  Rows are paired by their first cell, charts by series and category, records by their key.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, TypeVar

from qms_reports.charts.specification import Chart
from qms_reports.languages import language
from qms_reports.reports.document import Cell, Figures, Report, Table, Tile
from qms_reports.reports.printed_cells import cell_text

Mark = Literal["changed", "added", "removed"]
Subject = Literal["figures", "tables", "charts", "records", "definitions"]
Thing = TypeVar("Thing")
SUBJECTS: tuple[Subject, ...] = ("figures", "tables", "charts", "records", "definitions")


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that two reports say differently.

    Attributes:
        subject: What kind of thing.
        place: The figure, table, chart or KPI it belongs to, by title.
        item: What in there: a row, a series, a record; empty for the thing as a whole.
        part: Its column, category or field; empty for all of it.
        mark: Whether it changed, is new, or is gone.
        before: As the first report has it, printed; empty where it has not.
        after: As the second has it.
    """

    subject: Subject
    place: str
    item: str
    part: str
    mark: Mark
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two reports and all that differs.

    Attributes:
        before: The first report.
        after: The second.
        differences: In the order of the reports.
    """

    before: Report
    after: Report
    differences: tuple[Difference, ...]

    def of(self, subject: Subject) -> tuple[Difference, ...]:
        """The differences of one kind."""
        return tuple(found for found in self.differences if found.subject == subject)

    @property
    def equal(self) -> bool:
        """Whether the two say the same."""
        return not self.differences


def compare(before: Report, after: Report) -> Comparison:
    """Everything that two reports say differently.

    Args:
        before: The first, such as the earlier revision or period.
        after: The second.

    Returns:
        The comparison.  Frame, hashes and cut-offs are not compared: they tell which report is which.
    """
    differences = [
        *_figures(before, after),
        *_tables(before, after),
        *_charts(before, after),
        *_records(before, after),
        *_definitions(before, after),
    ]
    return Comparison(before, after, tuple(dict.fromkeys(differences)))  # a tile may stand twice in both


def _alone(
    subject: Subject, first: Thing | None, second: Thing | None, told: Callable[[Thing], tuple[str, str, str]]
) -> Difference:
    """What only one of two reports has; `told` gives its place, its name in there, and its text."""
    shown = first if second is None else second
    assert shown is not None  # noqa: S101 - its key is from one of the two
    place, item, text = told(shown)
    if first is None:
        return Difference(subject, place, item, "", "added", "", text)
    return Difference(subject, place, item, "", "removed", text, "")


def _named_row(title: str, key: str, row: Mapping[str, str]) -> tuple[str, str, str]:
    return title, key, "; ".join(f"{head}: {cell}" for head, cell in row.items() if cell)


def _figures(before: Report, after: Report) -> Iterator[Difference]:
    old, new = _tiles(before), _tiles(after)
    for kpi in dict.fromkeys((*new, *old)):
        first, second = old.get(kpi), new.get(kpi)
        if first is None or second is None:
            yield _alone("figures", first, second, lambda tile: (tile.title, "", _tile_text(tile)))
            continue
        pairs = (
            ("", _tile_text(first), _tile_text(second), first.value != second.value),
            ("parts", first.fraction, second.fraction, False),
            ("status", first.status_text, second.status_text, False),
            ("target", first.target, second.target, False),
            ("signal", first.signal_text, second.signal_text, False),
        )
        for part, was, is_now, exactly in pairs:
            if exactly and was == is_now:
                was, is_now = f"{was} ({first.value!r})", f"{is_now} ({second.value!r})"  # noqa: PLW2901 - told apart
            if was != is_now:
                yield Difference("figures", second.title, "", part, "changed", was, is_now)


def _tile_text(tile: Tile) -> str:
    return f"{tile.text} {tile.unit}".strip()


def _tiles(report: Report) -> dict[tuple[str, int], Tile]:
    """Every tile by its KPI; one that stands at several places is compared at each."""
    seen: Counter[str] = Counter()
    found: dict[tuple[str, int], Tile] = {}
    for tile in (*report.tiles, *(tile for section in report.sections for tile in section.tiles)):
        seen[tile.kpi] += 1
        found[(tile.kpi, seen[tile.kpi])] = tile
    return found


def _blocks(report: Report, kind: type) -> Iterator[object]:
    return (block for section in report.sections for block in section.blocks if isinstance(block, kind))


def _tables(before: Report, after: Report) -> Iterator[Difference]:
    old = {t.id: t for t in _blocks(before, Table) if isinstance(t, Table)}
    new = {t.id: t for t in _blocks(after, Table) if isinstance(t, Table)}
    if before.actions is not None:
        old["action list"] = before.actions
    if after.actions is not None:
        new["action list"] = after.actions
    for name in dict.fromkeys((*new, *old)):
        yield from _rows("tables", old.get(name), new.get(name))


def _rows(subject: Subject, old: Table | None, new: Table | None) -> Iterator[Difference]:
    shown = new or old
    assert shown is not None  # noqa: S101 - the caller has one of the two
    title = shown.title or shown.id
    was, now = printed_rows(old), printed_rows(new)
    for key in dict.fromkeys((*now, *was)):
        first, second = was.get(key), now.get(key)
        if first is None or second is None:
            yield _alone(subject, first, second, partial(_named_row, title, key[0]))
            continue
        for head in dict.fromkeys((*second, *first)):
            if first.get(head, "") != second.get(head, ""):
                yield Difference(subject, title, key[0], head, "changed", first.get(head, ""), second.get(head, ""))


def printed_rows(table: Table | None) -> dict[tuple[str, int], dict[str, str]]:
    """The printed rows by their first cell; equal ones are counted, so that none is lost."""
    if table is None:
        return {}
    seen: Counter[str] = Counter()
    rows: dict[tuple[str, int], dict[str, str]] = {}
    for row in table.rows:
        texts = [_cell(cell, table, place) for place, cell in enumerate(row)]
        key = (texts[0] if texts else "") or "–"
        seen[key] += 1
        heads = (column.name for column in table.columns)
        rows[(key, seen[key])] = dict(zip(heads, texts, strict=True))
    return rows


def _cell(cell: Cell, table: Table, place: int) -> str:
    column = table.columns[place]
    if column.kind == "status" and isinstance(cell, str):
        return cell.partition(":")[2]
    return cell_text(cell, column)


def _charts(before: Report, after: Report) -> Iterator[Difference]:
    old, new = _drawn(before), _drawn(after)
    for name in dict.fromkeys((*new, *old)):
        first, second = old.get(name), new.get(name)
        if first is None or second is None:
            yield _alone("charts", first, second, lambda chart: (chart.specification.title, "", ""))
            continue
        was, now = _points(first), _points(second)
        for place in dict.fromkeys((*now, *was)):
            if was.get(place) != now.get(place):
                mark: Mark = "added" if place not in was else "removed" if place not in now else "changed"
                yield Difference(
                    "charts", second.specification.title, place[0], place[1], mark,
                    _point_text(was.get(place)), _point_text(now.get(place)),
                )  # fmt: skip


def _drawn(report: Report) -> dict[str, Chart]:
    figures = (block for block in _blocks(report, Figures) if isinstance(block, Figures))
    return {chart.specification.id: chart for block in figures for chart in block.charts}


def _points(chart: Chart) -> dict[tuple[str, str], float | None]:
    """Every value by series and category; of a scatter by its x, of observations by their number."""
    found: dict[tuple[str, str], float | None] = {}
    seen: Counter[tuple[str, str]] = Counter()
    for series in chart.series:
        for place, value in enumerate(series.values):
            if series.x:
                label = f"{series.x[place]:.12g}"
            elif chart.categories and place < len(chart.categories):
                label = chart.categories[place]
            else:
                label = f"{value!r}"  # observations have no name but their value
            seen[(series.name, label)] += 1
            again = seen[(series.name, label)]
            found[(series.name, label if again == 1 else f"{label} ({again})")] = value
    return found


def _point_text(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def _records(before: Report, after: Report) -> Iterator[Difference]:
    old = {appendix.kpi: appendix for appendix in before.appendices}
    new = {appendix.kpi: appendix for appendix in after.appendices}
    for kpi in dict.fromkeys((*new, *old)):
        first, second = old.get(kpi), new.get(kpi)
        was, now = (
            replace(appendix.table, title=appendix.title) if appendix is not None else None
            for appendix in (first, second)
        )
        yield from _rows("records", was, now)


def _definitions(before: Report, after: Report) -> Iterator[Difference]:
    old = {definition.kpi: definition for definition in before.definitions}
    new = {definition.kpi: definition for definition in after.definitions}
    for kpi in dict.fromkeys((*new, *old)):
        first, second = old.get(kpi), new.get(kpi)
        if first is None or second is None:
            yield _alone("definitions", first, second, lambda definition: (definition.title, "", ""))
            continue
        for field in ("version", "formula", "sql", "target", "source"):
            was, now = getattr(first, field), getattr(second, field)
            if was != now:
                yield Difference("definitions", second.title, "", field, "changed", was, now)


def as_text(comparison: Comparison, most: int = 40) -> str:
    """The comparison as lines for a terminal.

    Args:
        comparison: What to tell.
        most: Differences listed per kind; what is left out is counted.
    """
    words = language("en")
    lines = [f"A  {edition_text(comparison.before)}", f"B  {edition_text(comparison.after)}", ""]
    if comparison.equal:
        return "\n".join([*lines, words.text("comparison.equal")])
    lines.append(counts_text(comparison))
    for subject in SUBJECTS:
        found = comparison.of(subject)
        if not found:
            continue
        lines += ["", words.text(f"comparison.{subject}")]
        lines += [f"  {_line(difference)}" for difference in found[:most]]
        if len(found) > most:
            lines.append(f"  … and {len(found) - most} more")
    return "\n".join(lines)


def _line(difference: Difference) -> str:
    sign = {"changed": "~", "added": "+", "removed": "−"}[difference.mark]
    where = " · ".join(filter(None, (difference.place, difference.item, difference.part)))
    if difference.mark == "changed":
        return f"{sign} {where}: {difference.before or '–'} → {difference.after or '–'}"
    said = difference.after or difference.before
    return f"{sign} {where}{f': {said}' if said else ''}"


def edition_text(report: Report, tag: str = "en") -> str:
    """Which report: its number, version and cut-off."""
    return language(tag).text(
        "comparison.edition", number=report.document_number, version=report.version, cutoff=report.cutoff_label
    )


def counts_text(comparison: Comparison, tag: str = "en") -> str:
    """How many things of each kind differ."""
    counts = {
        "figures": len({d.place for d in comparison.of("figures")}),
        "tables": len({(d.place, d.item) for d in comparison.of("tables")}),
        "charts": len(comparison.of("charts")),
        "records": len({(d.place, d.item) for d in comparison.of("records")}),
    }
    return language(tag).text("comparison.counts", **counts)


def changed_records(differences: Sequence[Difference]) -> tuple[str, ...]:
    """The keys of all records that differ, each once."""
    return tuple(dict.fromkeys(d.item for d in differences if d.subject == "records"))
