"""What every part of a PDF needs to know of the whole: the report, its paper, words, colour, logo and links."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qms_reports.charts import typeface
from qms_reports.languages import Language, language
from qms_reports.reports.document import Report
from qms_reports.reports.page_frame import Sheet, sheet_of
from qms_reports.reports.pdf_links import Links, links_of

if TYPE_CHECKING:
    from qms_reports.reports.pdf_pen import Pen

_STATUS = {"DRAFT": "status_draft", "FOR REVIEW": "status_for_review", "APPROVED": "status_approved"}


@dataclass(frozen=True, slots=True)
class Logo:
    """A company's logo.

    Attributes:
        image: ReportLab's reader of it.
        ratio: Width by height.
        alt: What it shows.
    """

    image: Any
    ratio: float
    alt: str

    def size(self, width: float, height: float) -> tuple[float, float]:
        """The largest size inside a box."""
        return (width, width / self.ratio) if self.ratio > width / height else (height * self.ratio, height)

    def draw(self, pen: Pen, x: float, y: float, width: float, height: float) -> float:
        """Draw it as large as a box allows, its lower left corner at (x, y), and return its width."""
        wide, high = self.size(width, height)
        pen.page.canvas.drawImage(self.image, x, y, wide, high, mask="auto")
        return wide


@dataclass(frozen=True, slots=True)
class Setting:
    """A report about to be set.

    Attributes:
        report: What to print.
        sheet: On which paper.
        words: In which language.
        links: What leads where.
        logo: The company's, if there is one.
        files: Attached CSV file and its rows by the id of the table.
        pages: Page number of each destination; complete when all pages are filled and before any is drawn.
    """

    report: Report
    sheet: Sheet
    words: Language
    links: Links
    logo: Logo | None
    files: Mapping[str, tuple[str, int]]
    pages: dict[str, int] = field(default_factory=dict)

    def text(self, key: str, /, **values: object) -> str:
        """A fixed text of the PDF."""
        return self.words.text(f"pdf.{key}", **values)

    @property
    def accent(self) -> str:
        """The company's colour: title band, rules and marks of the frame."""
        return self.report.theme.primary

    @property
    def reference(self) -> str:
        """Document number and version."""
        return typeface.printable(
            self.text("reference", number=self.report.document_number, version=self.report.version)
        )

    @property
    def cutoff(self) -> str:
        """The data cut-off."""
        return typeface.printable(self.text("data_as_of", cutoff=self.report.cutoff_label))

    @property
    def status(self) -> str:
        """The status as a word of the language."""
        key = _STATUS.get(self.report.status)
        return typeface.printable(self.text(key) if key else self.report.status)


def setting_of(report: Report, files: Mapping[str, tuple[str, int]]) -> Setting:
    """Everything about a report that its parts share."""
    logo = _logo(report) if report.theme.logo else None
    return Setting(report, sheet_of(report.page), language(report.language), links_of(report), logo, files)


def _logo(report: Report) -> Logo:
    from reportlab.lib.utils import ImageReader

    image = ImageReader(io.BytesIO(report.theme.logo))
    width, height = image.getSize()
    alt = report.theme.logo_alt or language(report.language).text("pdf.logo_of", organization=report.organization)
    return Logo(image, width / height, alt)
