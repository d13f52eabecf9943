"""A report over a home's records, built as any other and read back from its two files."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pypdf

from qms_reports import building
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.editions import Edition
from qms_reports.periods import parse_period
from qms_reports.reports.publishing import publish
from qms_reports_tests.traps.planted_home import Home


@dataclass(frozen=True)
class Printed:
    """The text of a PDF without white space, and the cells of its workbook.

    Attributes:
        pdf: The text of all pages.
        sheets: Heading of a sheet to its rows of cells, below its head.
        notes: Heading of a sheet to what is noted under it.
    """

    pdf: str
    sheets: dict[str, list[tuple[Any, ...]]]
    notes: dict[str, Any]

    def has(self, *words: str) -> bool:
        """Whether the PDF says these words one after the other."""
        return squeezed("".join(words)) in self.pdf

    def values(self, sheet: str) -> list[list[Any]]:
        """The values of a sheet's rows, below its head."""
        rows = ([cell.value for cell in row] for row in self.sheets[sheet])
        return [row for row in rows if any(value is not None for value in row)]

    def tiles(self) -> list[list[Any]]:
        """The rows of the summary that hold the headline figures."""
        return [row for rows in map(self.values, self.sheets) for row in rows if row[0] == "Headline"]


def squeezed(text: str) -> str:
    """The text without any white space: how a line was broken says nothing about a figure."""
    return re.sub(r"\s+", "", text)


def built(home: Home, declared: str, period: str, folder: Path, kpis: str = "", as_known: str | None = None) -> Printed:
    """Build a report for a period.

    Args:
        home: Its records.
        declared: The template ``own`` as YAML.
        period: The period.
        folder: Where declarations are written to.
        kpis: Further KPIs as YAML.
        as_known: The data cut-off, an instant with offset.
    """
    for kind, text in (("templates", declared), ("kpis", kpis)):
        if text:
            (folder / kind).mkdir(parents=True)
            (folder / kind / "own.yaml").write_text(text)
    settings = home.settings.model_copy(update={"catalog": str(folder)})
    catalogue = load_catalogue(settings)
    assert [str(issue) for issue in catalogue.issues] == []
    known = None if as_known is None else dt.datetime.fromisoformat(as_known)
    template, edition = catalogue.templates["own"], Edition(parse_period(period), known)
    for domain in building.domains(catalogue, template):
        building.compute(settings, catalogue, domain, edition)
    building.draw(settings, catalogue, template, edition)
    report = building.document(settings, catalogue, template, edition)
    paths = {form: publish(settings, report, edition.name, form, {}).path for form in ("pdf", "xlsx")}
    text = "".join(page.extract_text() for page in pypdf.PdfReader(paths["pdf"]).pages)
    workbook = openpyxl.load_workbook(paths["xlsx"])
    sheets = {str(sheet["A1"].value): list(sheet.iter_rows(min_row=5)) for sheet in workbook.worksheets}
    notes = {str(sheet["A1"].value): sheet["A2"].value for sheet in workbook.worksheets}
    return Printed(squeezed(text), sheets, notes)
