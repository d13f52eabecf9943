"""Reports are accessible (PDF/UA-1) and archivable (PDF/A-3a), and the gate that says so bites."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, IndirectObject, NameObject
from reportlab.pdfgen.canvas import Canvas

from qms_reports.reports.document import Section
from qms_reports.reports.pdf_writer import write_pdf
from qms_reports.reports.signing import sign_pdf
from qms_reports_tests import vera as vera_module
from qms_reports_tests.reports.sample_report import (
    EMPTY_REPORT,
    FULL_REPORT,
    LANDSCAPE_REPORT,
    REPORT,
    long_table,
    wide_table,
)
from qms_reports_tests.reports.test_signing import self_made_signatory
from qms_reports_tests.vera import Vera, Violation, told


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vera") / "sample.pdf"
    path.write_bytes(write_pdf(REPORT))
    return path


def rules(violations: list[Violation]) -> dict[str, int]:
    """How often each rule is broken, by clause and test."""
    return {f"{one.clause}-{one.test}": one.count for one in violations}


def test_reports_of_every_make_conform_to_both_standards(vera: Vera, sample: Path) -> None:
    japanese = replace(FULL_REPORT, language="ja", organization="見本製薬株式会社 北工場", final=False, status="DRAFT")
    wide = replace(LANDSCAPE_REPORT, sections=(Section("wide", "Wide", (), (wide_table(12, 20), long_table(60))),))
    made = {
        "empty.pdf": write_pdf(EMPTY_REPORT),
        "japanese.pdf": write_pdf(japanese),  # cover, logo, links, attachments
        "landscape.pdf": write_pdf(wide),
        "signed.pdf": sign_pdf(write_pdf(EMPTY_REPORT), self_made_signatory()),
    }
    paths = [sample]
    for name, content in made.items():
        paths.append(sample.with_name(name))
        paths[-1].write_bytes(content)
    verdicts = vera.verify(paths)
    assert told(verdicts) == ""
    assert {path.name: list(standards) for path, standards in verdicts.items()} == {
        name: ["PDF/UA-1", "PDF/A-3a"] for name in ("sample.pdf", *made)
    }


def test_each_fault_put_into_the_sample_is_found(vera: Vera, sample: Path) -> None:
    broken = PdfWriter(clone_from=PdfReader(io.BytesIO(sample.read_bytes())))
    held = (broken.get_object(IndirectObject(number, 0, broken)) for number in range(1, len(broken._objects) + 1))
    elements = [one for one in held if isinstance(one, DictionaryObject) and "/S" in one and "/P" in one]
    figures = [element for element in elements if element["/S"] == "/Figure"]
    heading = next(element for element in elements if element["/S"] == "/H2")
    for figure in figures:
        del figure["/Alt"]
    heading[NameObject("/S")] = NameObject("/H5")
    del broken.root_object["/Lang"]
    del broken.root_object["/OutputIntents"]
    path = sample.with_name("broken.pdf")
    broken.write(path)

    verdicts = vera.verify([path])
    accessible, archivable = verdicts[path]["PDF/UA-1"], verdicts[path]["PDF/A-3a"]
    assert len(figures) > 10
    assert rules(accessible)["7.3-1"] == len(figures)
    assert rules(accessible)["7.4.2-1"] == 1
    assert rules(accessible)["7.2-34"] > 100  # no language: every text
    assert "6.2.4.3-2" in rules(archivable)  # red, green, blue of which screen?
    assert "7.3-1" not in rules(archivable)
    (said,) = [line for line in told(verdicts).splitlines() if "7.4.2" in line]
    assert said.startswith("broken.pdf, PDF/UA-1: clause 7.4.2, test 1, 1 x: ")
    assert "SEHn H5" in said
    assert "shall proceed in strict numerical order" in said


def test_an_untagged_page_breaks_both_standards(vera: Vera, tmp_path: Path) -> None:
    path = tmp_path / "untagged.pdf"
    canvas = Canvas(str(path))
    canvas.drawString(100, 100, "Untagged, in a font that is not embedded")
    canvas.save()
    verdict = vera.verify([path])[path]
    # Marked, tagged content, a structure; embedded fonts.
    assert {"6.2-1", "7.1-3", "7.1-11", "7.21.4.1-1"} <= rules(verdict["PDF/UA-1"]).keys()
    assert {"6.7.2.2-1", "6.7.3.3-1", "6.2.11.4.1-1"} <= rules(verdict["PDF/A-3a"]).keys()


def test_what_is_no_pdf_is_no_pass(vera: Vera, tmp_path: Path) -> None:
    path = tmp_path / "text.pdf"
    path.write_text("no PDF")
    with pytest.raises(ValueError, match=r"text.pdf: veraPDF cannot read it: .*ModelParsingException"):
        vera.verify([path])
    with pytest.raises(FileNotFoundError):
        vera.verify([tmp_path / "absent.pdf"])


def test_what_is_missing_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(vera_module, "JAXB", tmp_path / "jaxb-runtime.jar")
    assert "apt-get install libjaxb-java" in vera_module.missing()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install default-jre-headless" in vera_module.missing()
