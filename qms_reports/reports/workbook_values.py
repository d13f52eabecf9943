"""The company's own workbook of a template: the values of its cells, and the filled file."""

from __future__ import annotations

import hashlib
from pathlib import Path

from qms_reports.charts.filling import Filling
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Template
from qms_reports.declarations.text_expressions import evaluate
from qms_reports.reports.document import Cell, CompanyWorkbook, Figures, Report, Table
from qms_reports.reports.excel_limits import tables_of
from qms_reports.reports.figure_context import Context


def company_workbook(filling: Filling, template: Template, context: Context) -> CompanyWorkbook | None:
    """What is put into the cells of the company's workbook, where a template names one."""
    if template.workbook is None:
        return None
    path = _file(filling.catalogue, template)
    expressions = sorted({cell.value for cell in template.workbook.cells})
    values = tuple(
        (expression, _cell(evaluate(expression, context, filling.language.tag))) for expression in expressions
    )
    return CompanyWorkbook(path.stem, hashlib.sha256(path.read_bytes()).hexdigest(), values)


def workbook_entries(workbook: CompanyWorkbook | None) -> list[tuple[str, str]]:
    """Name and SHA-256 of the company's workbook, for the provenance."""
    return [] if workbook is None else [(f"workbook {workbook.name}", workbook.sha256)]


def filled_workbook(catalogue: Catalogue, template: Template, report: Report) -> bytes:
    """The company's workbook with a report's figures in it.

    Raises:
        ValueError: It is another file than the report was composed for, or cannot be filled.
    """
    from qms_reports.reports.company_workbook import fill_workbook

    assert template.workbook is not None  # noqa: S101 - the caller looked
    assert report.workbook is not None  # noqa: S101 - as above
    source = _file(catalogue, template).read_bytes()
    if hashlib.sha256(source).hexdigest() != report.workbook.sha256:
        raise ValueError(f"{template.workbook.file} has been changed since the report was composed; build it again")
    values = dict(report.workbook.values)
    blocks = [block for section in report.sections for block in section.blocks]
    charts = {c.specification.id: c for block in blocks if isinstance(block, Figures) for c in block.charts}
    tables = {table.id: table for table in tables_of(report) if isinstance(table, Table)}
    return fill_workbook(source, template.workbook, values.__getitem__, tables, charts)


def _file(catalogue: Catalogue, template: Template) -> Path:
    assert template.workbook is not None  # noqa: S101 - the callers looked
    return catalogue.origins[("template", template.template)].folder / template.workbook.file


def _cell(value: object) -> Cell:
    """A value of an expression as a cell; of a list its items in one text."""
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return value  # type: ignore[return-value]  # an expression gives nothing else
