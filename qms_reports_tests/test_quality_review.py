"""The shipped quality review over a small example company: built, and saying what the KPI tables say."""

from __future__ import annotations

import pytest

from qms_reports_tests import test_figures_agree as agreement
from qms_reports_tests.company_home import MONTH, CompanyHome
from qms_reports_tests.test_figures_agree import Built
from qms_reports_tests.vera import Vera, told


@pytest.fixture(scope="module")
def built(company_home: CompanyHome) -> Built:
    return Built(company_home.settings, MONTH, "quality_review")


def test_the_quality_review_is_built_and_no_headline_figure_is_without_a_value(built: Built) -> None:
    written = sorted(path.name for path in built.settings.home.glob("reports/quality_review/**/*.*"))
    assert {f"QR-{MONTH}.pdf", f"QR-{MONTH}.xlsx"} <= set(written)
    headline = [(kpi.kpi, row.value) for part, kpi, row in built.tiles() if part == "Headline"]
    assert [name for name, _ in headline] == list(built.template.tiles)
    assert len(headline) == 12
    assert [name for name, value in headline if value is None] == []
    assert all(built.shown(section) for section in built.template.sections)  # none shrank to "no data"


def test_the_quality_review_shows_the_kpi_tables_figures(built: Built) -> None:
    agreement.test_the_tiles_of_the_pdf_show_the_kpi_tables_figures(built)
    agreement.test_the_summary_of_the_workbook_shows_the_kpi_tables_figures(built)
    agreement.test_the_table_of_all_figures_shows_the_kpi_tables_figures_in_both_files(built)
    agreement.test_the_tables_by_dimension_show_the_kpi_tables_figures_in_both_files(built)
    agreement.test_the_contributions_of_both_files_add_up_to_the_change_of_the_kpi_tables(built)
    agreement.test_every_table_of_the_document_stands_in_the_workbook_cell_by_cell(built)


def test_every_control_chart_of_the_quality_review_has_its_limits_or_says_why_not(built: Built) -> None:
    charts = {chart.specification.id: chart for section in built.report.sections for block in section.blocks
              for chart in getattr(block, "charts", ())}  # fmt: skip
    declared = [chart.id for chart in built.template.charts if chart.type == "control"]
    assert len(declared) == 3
    for name in declared:
        points, center, *_ = charts[name].series
        assert any(value is not None for value in points.values)
        limits = any(value is not None for value in center.values)
        assert limits != ("No control limits" in charts[name].note), charts[name].note


def test_the_quality_review_is_accessible_and_archivable(built: Built, vera: Vera) -> None:
    written = sorted(built.settings.home.glob("reports/quality_review/**/*.pdf"))
    assert written
    assert told(vera.verify(written)) == ""
