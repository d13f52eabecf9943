"""A comparison as a document of its own, so that it is printed like every report: changed cells show both values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from qms_reports.charts.specification import Chart, ChartSpecification, Series
from qms_reports.languages import Language, language
from qms_reports.reports.comparing import (
    Comparison,
    Difference,
    Mark,
    Subject,
    counts_text,
    edition_text,
    printed_rows,
)
from qms_reports.reports.document import (
    Block,
    Cell,
    Column,
    DataQuality,
    Figures,
    Paragraph,
    Report,
    Section,
    Status,
    Table,
)

_MARKS: dict[Mark, Status] = {"changed": "warning", "added": "good", "removed": "bad"}
_MOST_CHARTS = 12
_SERIES_SHOWN = 2
_ARROW = "→"


def comparison_report(comparison: Comparison) -> Report:
    """The document that shows what differs.

    Args:
        comparison: Two reports and their differences.

    Returns:
        A document in the second report's language and look, with a section for each kind of difference.  Its cut-off
        is the later of the two, so that the same two reports always give the same file.
    """
    after = comparison.after
    words = language(after.language)
    sections = tuple(_sections(comparison, words))
    headline = words.text("comparison.equal") if comparison.equal else counts_text(comparison, after.language)
    return replace(
        after,
        id=f"comparison_{after.id}",
        title=words.text("comparison.title", title=after.title),
        period_label=_periods(comparison, words),
        cutoff=max(comparison.before.cutoff, after.cutoff),
        headline=headline,
        summary=(headline,),
        tiles=(),
        sections=sections,
        definitions=(),
        data_quality=DataQuality((), (), 0),
        actions=None,
        appendices=(),
        approvals=(),
        revisions=(),
        control_totals=(),
        chart_kpis=(),
        cover=False,
    )


def _periods(comparison: Comparison, words: Language) -> str:
    before, after = comparison.before, comparison.after
    if before.period_key == after.period_key:
        return after.period_label
    return words.text("comparison.between", before=before.period_label, after=after.period_label)


def _sections(comparison: Comparison, words: Language) -> Iterator[Section]:
    tag = words.tag
    editions = (f"A  {edition_text(comparison.before, tag)}", f"B  {edition_text(comparison.after, tag)}")
    figures = comparison.of("figures")
    blocks: list[Block] = [Paragraph(text) for text in editions]
    if figures:
        blocks.append(_listed(words, "figures", figures, ("figure", "what")))
    yield Section("figures", words.text("comparison.figures"), (), tuple(blocks))
    if comparison.of("tables"):
        yield Section("tables", words.text("comparison.tables"), (), tuple(_marked_tables(comparison, words)))
    if comparison.of("charts"):
        yield Section("charts", words.text("comparison.charts"), (), tuple(_charts(comparison, words)))
    if comparison.of("records"):
        listed = _listed(words, "records", comparison.of("records"), ("figure", "record", "column"))
        yield Section("records", words.text("comparison.records"), (), (listed,))
    if comparison.of("definitions"):
        changed = _listed(words, "definitions", comparison.of("definitions"), ("figure", "what"))
        yield Section("definitions", words.text("comparison.definitions"), (), (changed,))


def _status(mark: Mark, words: Language) -> str:
    return f"{_MARKS[mark]}:{words.text(f'comparison.{mark}')}"


def _listed(words: Language, subject: Subject, differences: Sequence[Difference], heads: Sequence[str]) -> Table:
    """One row for each difference: where, before, after, mark."""
    named = [Column(words.text(f"comparison.{head}"), weight=2.0 if number == 0 else 1.2)
             for number, head in enumerate(heads)]  # fmt: skip
    columns = (*named, Column("A", weight=1.6), Column("B", weight=1.6),
               Column(words.text("comparison.mark"), "status"))  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for found in differences:
        whole = (found.place, found.item, found.part)
        where = whole if len(heads) == len(whole) else (found.place, found.part or found.item)
        rows.append((*where, found.before, found.after, _status(found.mark, words)))
    return Table(f"differences-{subject}", "", tuple(columns), tuple(rows))


def _marked_tables(comparison: Comparison, words: Language) -> Iterator[Table]:
    """Each table that differs, with the rows that do: a changed cell shows both values."""
    old, new = _tables(comparison.before), _tables(comparison.after)
    for name in dict.fromkeys((*new, *old)):
        first, second = old.get(name), new.get(name)
        shown = second or first
        assert shown is not None  # noqa: S101 - the key is from one of the two
        rows = list(_marked_rows(first, second, words))
        if rows:
            heads = tuple(Column(column.name, "text", weight=column.weight) for column in shown.columns)
            columns = (*heads, Column(words.text("comparison.mark"), "status", weight=1.4))
            yield Table(f"marked-{name}", shown.title, columns, tuple(rows))


def _marked_rows(old: Table | None, new: Table | None, words: Language) -> Iterator[tuple[Cell, ...]]:
    shown = new or old
    assert shown is not None  # noqa: S101 - the caller has one of the two
    heads = [column.name for column in shown.columns]
    was, now = printed_rows(old), printed_rows(new)
    for key in dict.fromkeys((*now, *was)):
        first, second = was.get(key), now.get(key)
        if first == second:
            continue
        if first is None or second is None:
            mark: Mark = "added" if first is None else "removed"
            cells = [(second or first or {}).get(head, "") for head in heads]
        else:
            mark = "changed"
            cells = [_both(first.get(head, ""), second.get(head, "")) for head in heads]
        yield (*cells, _status(mark, words))


def _both(before: str, after: str) -> str:
    return after if before == after else f"{before or '–'} {_ARROW} {after or '–'}"


def _tables(report: Report) -> dict[str, Table]:
    found = {b.id: b for section in report.sections for b in section.blocks if isinstance(b, Table)}
    return found if report.actions is None else {**found, report.actions.id: report.actions}


def _charts(comparison: Comparison, words: Language) -> Iterator[Block]:
    """Charts over categories with both states drawn, then every value that differs."""
    differing = {found.place for found in comparison.of("charts")}
    pairs = _pairs(comparison)
    drawn = [
        chart
        for title, (old, new) in pairs.items()
        if title in differing and (chart := _overlaid(old, new)) is not None
    ]
    if drawn:
        yield Figures(tuple(drawn[:_MOST_CHARTS]))
    yield _listed(words, "charts", comparison.of("charts"), ("chart", "series", "category"))


def _pairs(comparison: Comparison) -> dict[str, tuple[Chart, Chart]]:
    def charts(report: Report) -> dict[str, Chart]:
        figures = (b for section in report.sections for b in section.blocks if isinstance(b, Figures))
        return {chart.specification.id: chart for block in figures for chart in block.charts}

    old, new = charts(comparison.before), charts(comparison.after)
    return {new[name].specification.title: (old[name], new[name]) for name in new if name in old}


def _overlaid(old: Chart, new: Chart) -> Chart | None:
    """The first runs of both states over the second's categories; ``None`` where a chart has no categories."""
    if not new.categories or any(series.x for series in new.series):
        return None
    known = {series.name: dict(zip(old.categories, series.values, strict=False)) for series in old.series}
    series: list[Series] = []
    for run in new.series[:_SERIES_SHOWN]:
        before = known.get(run.name, {})
        series.append(Series(f"A {run.name}", tuple(before.get(category) for category in new.categories)))
        series.append(Series(f"B {run.name}", run.values[: len(new.categories)]))
    was = new.specification
    specification = ChartSpecification(
        id=f"overlaid_{was.id}", type="line", title=was.title, subtitle=f"A {_ARROW} B", width=was.width,
        height=was.height, y_title=was.y_title, decimals=was.decimals, unit=was.unit, legend=True, outputs=was.outputs,
        language=was.language,
    )  # fmt: skip
    return Chart(specification, new.categories, tuple(series))
