"""A company's look: its files must be there, and its colours must be readable."""

# ruff: noqa: E501 - a table of mistakes reads best with one a line

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import qms_reports.charts
from qms_reports.declarations.catalogue import load_folders
from qms_reports_tests.small_catalogue import write_catalogue

THEME = """\
theme: acme
title: Acme
primary: "#123456"
series: ["#12436D", "#28A197"]
logo: acme/logo.png
logo_alt: Acme
fonts: {regular: acme/text.ttf, bold: acme/text.ttf}
"""
TEMPLATE = "template: review\ntitle: Review\ndocument_number: 'R-{period}'\ntheme: acme\ntiles: [opened]\nsections:\n  - {id: all, title: All}\n"


@pytest.fixture
def folder(tmp_path):
    folder = write_catalogue(tmp_path / "catalog")
    for sub in ("themes/acme", "templates"):
        (folder / sub).mkdir(parents=True)
    (folder / "themes" / "acme.yaml").write_text(THEME)
    (folder / "themes" / "acme" / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    (folder / "templates" / "review.yaml").write_text(TEMPLATE)
    fonts = Path(qms_reports.charts.__path__[0]) / "fonts"
    source = min(fonts.glob("*.ttf"))
    shutil.copy(source, folder / "themes" / "acme" / "text.ttf")
    return folder


def test_a_theme_is_part_of_what_a_report_depends_on(folder):
    catalogue = load_folders((folder,))
    assert catalogue.issues == ()
    assert catalogue.themes["acme"].primary == "#123456"
    assert ("theme", "acme") in catalogue.used_by(catalogue.templates["review"])


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"#123456"', '"#7FB2E5"', "acme.yaml:3:10: error: primary: white text on #7FB2E5 has a contrast of 2.2:1, and 4.5:1 is needed"),
        ('"#123456"', "blue", "acme.yaml:3:10: error: primary: expected text that matches"),
        ('"#28A197"', '"#12436d"', "acme.yaml:4:21: warning: series.1: #12436d looks like #12436D to a reader with normal vision"),
        ("acme/logo.png", "acme/logo.jpg", "acme.yaml:5:7: error: logo: there is no file 'acme/logo.jpg'"),
        ("acme/logo.png", "acme/text.ttf", "acme.yaml:5:7: error: logo: 'acme/text.ttf' is no PNG"),
        ("acme/logo.png", "../templates/review.yaml", "acme.yaml:5:7: error: logo: '../templates/review.yaml' lies outside"),
        ("logo_alt: Acme\n", "", "acme.yaml:5:7: warning: logo: a reader who cannot see the logo"),
        ("regular: acme/text.ttf", "regular: acme/logo.png", "acme.yaml:7:18: error: fonts.regular: 'acme/logo.png' is no TrueType file"),
        ("theme: acme", "theme: acne", "review.yaml:4:8: error: theme: there is no theme 'acme' (did you mean 'acne'?)"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_theme_is_told_where(folder, old, new, said):
    path = folder / "themes" / "acme.yaml"
    assert path.read_text().count(old) == 1
    path.write_text(path.read_text().replace(old, new))
    lines = [str(issue) for issue in load_folders((folder,)).issues]
    assert [line for line in lines if said in line], lines


def test_a_large_logo_is_refused(folder):
    (folder / "themes" / "acme" / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1_000_001))
    (issue, *_) = load_folders((folder,)).issues
    assert "the limit is 1,000,000" in issue.message
