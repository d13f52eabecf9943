"""The PDF and the workbook say what the KPI table says: every tile, every row of a scorecard, every cell of a table."""

from __future__ import annotations

import re
import shutil
from decimal import ROUND_HALF_UP, Decimal

import pytest

from qms_reports import building
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.editions import Edition
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.scorecards import read_scores, score_all
from qms_reports.kpis.table import KpiTable
from qms_reports.periods import parse_period
from qms_reports.reports.document import Table
from qms_reports.reports.publishing import publish
from qms_reports.settings import Settings

MONTHS = ("2014-05", "2020-06", "2025-10")
WORDS = {"good": "On target", "warning": "Watch", "bad": "Action"}
NOISE = {"signal": "Beyond", "noise": "Within", "unknown": ""}


def printed(value, decimals):
    """A figure as a reader expects it: fixed decimals, halves up, thousands apart, a true minus."""
    if value is None:
        return "n/a"
    rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return f"{rounded:,.{decimals}f}".replace("-", "\N{MINUS SIGN}") if rounded else f"{0:.{decimals}f}"


def squeezed(text):
    """The text without any white space: how a line was broken says nothing about a figure."""
    return re.sub(r"\s+", "", text)


class Built:
    """A built report, read back, and the figures it must show."""

    def __init__(self, settings, month, template):
        import openpyxl
        import pypdf

        self.settings = settings
        self.catalogue = load_catalogue(settings)
        self.template = self.catalogue.templates[template]
        self.period = parse_period(month)
        self.edition = edition = Edition(self.period)
        for domain in building.domains(self.catalogue, self.template):
            building.compute(settings, self.catalogue, domain, edition)
        building.draw(settings, self.catalogue, self.template, edition)
        self.report = building.document(settings, self.catalogue, self.template, edition)
        paths = {form: publish(settings, self.report, edition.name, form, {}).path for form in ("pdf", "xlsx")}
        pages = pypdf.PdfReader(paths["pdf"]).pages
        self.pdf = squeezed("".join(page.extract_text() for page in pages))
        self.workbook = openpyxl.load_workbook(paths["xlsx"])
        # Computed anew, not read from the table that the report was made from.
        names = self.catalogue.kpis_behind(self.template)
        self.table = KpiTable(evaluate_now(settings, self.catalogue, names, self.period))

    def shown(self, section):
        """Whether the section has data in this month; if not, it shrinks to one line that says so."""
        if section.dataset is None:
            return True
        rows = [r for r in self.table.rows if r.ago == 0 and self.catalogue.kpis[r.kpi].dataset == section.dataset]
        return any(r.state != "no data" for r in rows)

    def tiles(self):
        """Part, KPI and row of every tile in reading order."""
        for name in self.template.tiles:
            if self.table.total(name).state != "no data":
                yield "Headline", self.catalogue.kpis[name], self.table.total(name)
        for section in self.template.sections:
            if self.shown(section):
                for name in section.tiles:
                    yield section.title, self.catalogue.kpis[name], self.table.total(name)

    def tables(self):
        """The declared tables that are shown."""
        declared = {table.id: table for table in self.template.tables}
        return [declared[name] for s in self.template.sections if self.shown(s) for name in s.tables]

    def sheet(self, title):
        """The rows below the head of the sheet with this title."""
        (found,) = [sheet for sheet in self.workbook.worksheets if sheet["A1"].value == title]
        rows = list(found.iter_rows(min_row=5))
        while rows and all(cell.value is None for cell in rows[-1]):
            rows.pop()
        return rows

    def status(self, kpi, row):
        if row.status != "none":
            return WORDS[row.status]
        if row.value is None or row.state == "no data":
            return "No data"
        if kpi.target is None:
            return "Not rated"
        return "Incomplete" if row.state == "partial" else "Few records"

    def basis(self, kpi, row):
        """What the figure was computed from, as printed."""
        if row.state == "no data":
            return ""
        if kpi.kind in ("proportion", "ratio", "rate"):
            word = "of" if kpi.kind == "proportion" else "/"
            parts = (printed(part, 0 if float(part).is_integer() else 2) for part in (row.numerator, row.denominator))
            return f" {word} ".join(parts)
        return f"n = {row.records:,}" if kpi.kind == "statistic" else ""

    def interval(self, kpi, row):
        if row.lower is None:
            return ""
        return f"{printed(row.lower, kpi.decimals)}\N{EN DASH}{printed(row.upper, kpi.decimals)}"

    def target(self, kpi):
        if kpi.target is None:
            return ""
        sign = "≥" if kpi.direction == "up" else "≤"
        digits = 0 if float(kpi.target).is_integer() else max(kpi.decimals, 1)
        return f"{sign} {printed(kpi.target, digits)} {kpi.unit}".strip()

    def noise(self, row):
        """Whether the figure is more than noise, as a tile says it up to what that rests on."""
        return f"{NOISE[row.signal]} noise (" if NOISE[row.signal] else ""

    def change(self, kpi, row):
        if row.value is None or row.prior is None:
            return ""
        now, before = (
            Decimal(repr(value)).quantize(Decimal(1).scaleb(-kpi.decimals), ROUND_HALF_UP)
            for value in (row.value, row.prior)
        )
        sign = "+" if now > before else "±" if now == before else ""
        return f"{sign}{printed(float(now - before), kpi.decimals)}{'pt' if kpi.unit == '%' else ''}"


@pytest.fixture(scope="module")
def home(example_home, tmp_path_factory):
    copy = tmp_path_factory.mktemp("figures") / "home"
    shutil.copytree(example_home, copy)
    return copy


@pytest.fixture(scope="module", params=MONTHS)
def built(request, home):
    return Built(Settings(home=home), request.param, "monthly_quality_review")


def test_the_tiles_of_the_pdf_show_the_kpi_tables_figures(built):
    place, compared = 0, 0
    tiles = list(built.tiles())
    for _, kpi, row in tiles:
        unit = kpi.unit if row.value is not None else ""
        wanted = squeezed(f"{kpi.title}{printed(row.value, kpi.decimals)}{unit}")
        parts = [built.change(kpi, row), built.noise(row), built.basis(kpi, row), built.interval(kpi, row)]
        parts.append(built.target(kpi))
        follows = "".join(f".{{0,25}}?{re.escape(squeezed(part))}" for part in (*parts, built.status(kpi, row)) if part)
        found = re.compile(re.escape(wanted) + follows).search(built.pdf, place)
        assert found, (wanted, follows)
        place = found.end()
        compared += 1
    assert compared >= 10


def test_the_summary_of_the_workbook_shows_the_kpi_tables_figures(built):
    sheet = built.workbook["Summary"]
    head = int(sheet.tables["table_summary"].ref.split(":")[0][1:])
    rows = list(sheet.iter_rows(min_row=head + 1, max_row=head + len(list(built.tiles()))))
    for (part, kpi, row), cells in zip(built.tiles(), rows, strict=True):
        found = [cell.value for cell in cells]
        assert found[:2] == [part, kpi.title]
        assert found[2] == ("n/a" if row.value is None else row.value)
        assert (found[3] or "") == (kpi.unit if row.value is not None else "")
        assert squeezed(found[4] or "") == squeezed(built.basis(kpi, row))
        assert squeezed(found[5] or "").removeprefix("95%CI") == squeezed(built.interval(kpi, row))
        assert squeezed(found[6] or "") == squeezed(built.change(kpi, row))
        assert squeezed(found[8]).removeprefix("Target").replace("Notarget", "") == squeezed(built.target(kpi))
        assert found[9] == built.status(kpi, row)
        assert found[11:13] == [NOISE[row.signal] or "Not judged", row.signal_basis]
        assert _digits(cells[2]) in (kpi.decimals, None)


def _digits(cell):
    """Digits after the point that a cell shows; None for a text."""
    if isinstance(cell.value, str):
        return None
    return len(match.group(1)) if (match := re.search(r"\.(0+)", cell.number_format)) else 0


def test_the_table_of_all_figures_shows_the_kpi_tables_figures_in_both_files(built):
    for declared in built.tables():
        if not declared.kpis or declared.by is not None:
            continue
        rows = built.sheet(declared.title)
        assert len(rows) == len(declared.kpis)
        for name, cells in zip(declared.kpis, rows, strict=True):
            kpi, row = built.catalogue.kpis[name], built.table.total(name)
            shown = [
                kpi.title,
                *(printed(value, kpi.decimals) for value in (row.value,)),
                kpi.unit,
                built.basis(kpi, row),
                built.interval(kpi, row),
                *(printed(value, kpi.decimals) for value in (row.prior, row.last_year)),
                NOISE[row.signal] or "\N{EN DASH}",
                built.target(kpi) or "\N{EN DASH}",
                built.status(kpi, row),
            ]
            assert squeezed("".join(shown)) in built.pdf, shown
            found = [cell.value for cell in cells][: len(shown)]
            for place, value in ((1, row.value), (5, row.prior), (6, row.last_year)):
                assert found[place] == ("n/a" if value is None else value)
                assert _digits(cells[place]) in (kpi.decimals, None)
            for place in (0, 2, 3, 4, 7, 8, 9):
                assert squeezed(found[place] or "") == squeezed(shown[place])


def test_the_tables_by_dimension_show_the_kpi_tables_figures_in_both_files(built):
    compared = 0
    for declared in built.tables():
        if declared.by is None or declared.contribution:
            continue
        kpis = [built.catalogue.kpis[name] for name in declared.kpis]
        first = {row.member: row.records for row in built.table.members(kpis[0].kpi, declared.by)}
        members = {r.member for kpi in kpis for r in built.table.members(kpi.kpi, declared.by) if r.records}
        ranked = sorted(members, key=lambda name: (-first.get(name, 0), name))
        names = [name for place, name in enumerate(ranked) if place < declared.top or name == "(not stated)"]
        rows = built.sheet(declared.title)
        assert [cells[0].value for cells in rows] == ([*names, "All"] if names else [])
        for name, cells in zip([*names, "All"], rows, strict=False):
            line = [name]
            for kpi, cell in zip(kpis, cells[1:], strict=False):
                found = built.table.total(kpi.kpi) if name == "All" else built.table.member(kpi.kpi, declared.by, name)
                value = found.value if found else None
                assert cell.value == ("n/a" if value is None else value), (declared.id, name, kpi.kpi)
                text = printed(value, kpi.decimals)
                line.append(f"{text}%" if kpi.unit == "%" and value is not None else text)
                compared += 1
            assert squeezed("".join(line)) in built.pdf, line
    assert compared > 10


def test_the_contributions_of_both_files_add_up_to_the_change_of_the_kpi_tables(built):
    for declared in built.tables():
        if not declared.contribution:
            continue
        kpi = built.catalogue.kpis[declared.kpis[0]]
        rows = built.sheet(declared.title)
        *members, total = [[cell.value for cell in cells] for cells in rows]
        assert total[0] == "All"
        assert total[1:3] == [built.table.total(kpi.kpi, 1).value, built.table.total(kpi.kpi).value]
        assert total[3] == pytest.approx(total[2] - total[1], abs=1e-9)
        for column in range(3, len(total)):
            assert sum(cells[column] for cells in members) == pytest.approx(total[column], abs=1e-9)
        for cells in members:
            if not cells[0].startswith("Other ("):
                now = built.table.member(kpi.kpi, declared.by, cells[0])
                assert cells[2] == (now.value if now and now.value is not None else "n/a")
        digits = kpi.decimals + (1 if kpi.has_denominator else 0)
        for cells in (*members, total):
            line = [cells[0], *("\N{EN DASH}" if v is None else v if v == "n/a" else printed(v, kpi.decimals)
                                for v in cells[1:3]), *(printed(value, digits) for value in cells[3:])]  # fmt: skip
            assert squeezed("".join(line)) in built.pdf, line


def test_the_scorecards_of_both_files_are_computed_from_the_kpi_tables(built):
    (declared,) = [table for table in built.tables() if table.scorecards]
    stored = read_scores(building.score_path(built.settings, built.template.template, built.edition))
    cards = built.catalogue.scorecards
    assert stored == score_all(cards, declared.scorecards, built.catalogue.kpis, built.table, built.period.key)
    card = built.catalogue.scorecards[declared.scorecards[0]]
    total, *items = [[cell.value for cell in cells] for cells in built.sheet(declared.title)]
    points = weights = 0.0
    for item, cells in zip(card.items, items, strict=True):
        kpi, row = built.catalogue.kpis[item.kpi], built.table.total(item.kpi)
        assert cells[0].strip() == kpi.title
        assert cells[1] == ("n/a" if row.value is None else row.value)
        assert cells[7] == built.status(kpi, row)
        few = kpi.kind in ("proportion", "ratio") and (row.denominator or 0) < kpi.min_denominator
        few = few or (kpi.kind == "statistic" and row.records < kpi.min_denominator)
        if row.value is None or row.state != "ok" or few:
            assert cells[4:7] == ["n/a", None, "n/a"]
            continue
        reached = min(max((row.value - item.zero) / (item.full - item.zero) * 100, 0), 100)
        assert cells[4] == pytest.approx(reached)
        points += reached * item.weight
        weights += item.weight
        shown = [kpi.title, printed(row.value, kpi.decimals), kpi.unit, f"{item.zero:g}\N{EN DASH}{item.full:g}",
                 printed(cells[4], 1), f"{printed(cells[5], 0)}%", printed(cells[6], 1)]  # fmt: skip
        assert squeezed("".join(shown)) in built.pdf, shown
    if weights < card.least_weight * sum(item.weight for item in card.items):
        assert (total[4], total[7]) == ("n/a", "No score")
        return
    assert total[0] == card.title
    assert total[4] == pytest.approx(points / weights)
    assert sum(cells[6] for cells in items if cells[6] != "n/a") == pytest.approx(total[4])
    assert squeezed(f"{card.title}\N{EN DASH}{printed(total[4], 1)}100%{printed(total[4], 1)}{total[7]}") in built.pdf


def test_every_table_of_the_document_stands_in_the_workbook_cell_by_cell(built):
    tables = [block for section in built.report.sections for block in section.blocks if isinstance(block, Table)]
    assert {table.id for table in tables} == {table.id for table in built.tables()}
    listings = {declared.id for declared in built.tables() if declared.dataset is not None}
    for table in tables:
        if table.id not in listings:
            continue
        rows = built.sheet(table.title)
        assert len(rows) == len(table.rows)
        for cells, wanted in zip(rows, table.rows, strict=True):
            for cell, value in zip(cells, wanted, strict=False):
                found = cell.value.date() if cell.is_date and cell.value else cell.value
                assert found == (None if value == "" else value)


def test_the_series_of_the_workbook_are_the_kpi_tables(built):
    rows = built.sheet("Series")
    found = {}
    for cells in rows:
        found.setdefault(cells[0].value, []).append(cells[3].value)
    for _, kpi, _ in built.tiles():
        assert found[kpi.kpi] == [row.value for row in built.table.series(kpi.kpi)]
