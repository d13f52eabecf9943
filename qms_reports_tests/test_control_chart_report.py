"""A template may show a control chart: the same points, limits and rules in the PDF and in the workbook."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from openpyxl import load_workbook

from qms_reports.declarations.catalogue import load_folders
from qms_reports.settings import EXAMPLE_CATALOG
from qms_reports_tests.typed import typed

TEMPLATE = """\
template: limits
title: Limits
sections: [{id: all, title: All, charts: [open]}]
charts:
  - {id: open, type: control, title: Open quality events, kpis: [recalls_open], width: 510}
"""


def test_a_control_chart_stands_in_the_pdf_and_in_the_workbook(own_home: Path, tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed (apt-get install poppler-utils)")
    (tmp_path / "own" / "templates").mkdir(parents=True)
    (tmp_path / "own" / "templates" / "limits.yaml").write_text(TEMPLATE)
    environment = os.environ | {"QMS_REPORTS_HOME": str(own_home), "QMS_REPORTS_CATALOG": str(tmp_path / "own")}
    done = typed("build", "limits", "--period", "2024-05", "--out", str(tmp_path), env=environment)
    assert done.returncode == 0, done.stderr
    (pdf,), (workbook,) = tmp_path.glob("*.pdf"), tmp_path.glob("*.xlsx")
    said = subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    said = " ".join(said.split())
    for words in ("I chart; rules in force: N1, N2", "UCL 6,146.5", "LCL 5,420.2", "no baseline is frozen"):
        assert words in said
    cells = [[cell.value for cell in row] for sheet in load_workbook(workbook) for row in sheet.iter_rows()]
    assert any(
        row[1:6] == ["Open quality events", "Centre line", "Lower limit", "Upper limit", "Remark"] for row in cells
    )
    (latest,) = [row for row in cells if row[5:6] == ["Signal: N1"] and str(row[0]).startswith("May 2024")]
    assert latest[1] == 5232


def test_a_control_chart_of_two_kpis_or_by_a_dimension_is_refused(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    for number, wrong in enumerate(("[recalls_open, recalls_opened]", "[recalls_open], by: product_type")):
        text = TEMPLATE.replace("[recalls_open]", wrong).replace("limits", f"limits_{number}")
        (tmp_path / "templates" / f"limits_{number}.yaml").write_text(text)
    issues = [str(issue) for issue in load_folders((EXAMPLE_CATALOG, tmp_path)).issues]
    assert sum("a control chart shows the total of one KPI in 'kpis'" in issue for issue in issues) == 2
