"""From a template's file to drawn pages, without Dagster and without leaving anything in the installation's reports."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qms_reports import building
from qms_reports.declarations.catalogue import Catalogue, load_catalogue, stamps_of
from qms_reports.declarations.file_check import CheckedFile, check_file
from qms_reports.declarations.issues import Issue
from qms_reports.declarations.models import Template
from qms_reports.editions import editions
from qms_reports.periods import Period
from qms_reports.reports.publishing import FORMS
from qms_reports.settings import Settings
from qms_reports.store import write_atomically
from qms_reports.validation.timing import borrowed

RESOLUTION = 80
"""Pixels per inch: an A4 page fits a screen."""
_NO_TOOL = "pdftoppm (of poppler-utils) is not installed: the PDF is shown as it is"


@dataclass(frozen=True)
class Preview:
    """What became of a template.

    Attributes:
        issues: What is wrong with it.
        pdf: The report; ``None`` if there is none.
        pages: The drawn pages.
        fault: Why there is no report although the template is right, or empty.
        remark: What else to know, or empty.
        period: The period, as printed.
        seconds: What it took.
    """

    issues: tuple[Issue, ...]
    pdf: Path | None = None
    pages: tuple[Path, ...] = ()
    fault: str = ""
    remark: str = ""
    period: str = ""
    seconds: float = 0.0


class Renderer:
    """Renders one template's file again and again.

    Args:
        settings: The installation: its records are read, and received first where none were.
        file: The template's file.
        target: Folder of the PDF and the pages.
        period: The period; the latest that the records cover, if absent.
        given: Values of parameters.
    """

    def __init__(
        self, settings: Settings, file: Path, target: Path, period: Period | None, given: Mapping[str, str]
    ) -> None:
        self._settings = settings
        self.file = file
        self._target = target
        self._period = period
        self._given = dict(given)
        # KPI tables of one save are still right for the next if only the layout has changed.
        self._home = tempfile.TemporaryDirectory(prefix="qms_reports_preview_")
        self._borrowed = borrowed(settings, Path(self._home.name))

    def stamps(self) -> tuple[object, ...]:
        """What changes when the file, a partial, a theme or any other declaration is saved."""
        beside = sorted(self.file.parent.rglob("*.y*ml")) if self.file.parent.name != "/" else []
        own = []
        for path in (self.file, *beside[:500]):
            try:
                status = path.stat()
            except OSError:  # being replaced by an editor
                continue
            own.append((str(path), status.st_mtime_ns, status.st_size))
        return (*stamps_of(self._settings.catalogs), *own)

    def check(self) -> CheckedFile:
        """Everything wrong with the file."""
        weeks = self._settings.fiscal_weeks != ""
        return check_file(self.file, self._settings.catalogs, fiscal_weeks=weeks, engine=self._settings.engine)

    def render(self) -> Preview:
        """Build the report and draw its pages; what is wrong is told and not raised."""
        began = time.perf_counter()
        checked = self.check()
        if checked.template is None:
            return Preview(checked.issues, seconds=time.perf_counter() - began)
        catalogue = checked.in_catalogue(load_catalogue(self._settings))
        try:
            pdf, pages, period = self._built(catalogue, checked.template)
        except Exception as error:  # noqa: BLE001 - whatever stops a report is shown in place of its pages
            fault = f"the report cannot be built: {error}"
            return Preview(checked.issues, fault=fault, seconds=time.perf_counter() - began)
        remark = "" if pages else _NO_TOOL
        return Preview(checked.issues, pdf, pages, "", remark, period, time.perf_counter() - began)

    def close(self) -> None:
        """Remove what was only needed in between."""
        self._home.cleanup()

    def _built(self, catalogue: Catalogue, template: Template) -> tuple[Path, tuple[Path, ...], str]:
        building.take_in(self._settings, catalogue, building.stored_datasets(catalogue, template))
        period = self._period or building.latest_covered(self._settings, catalogue, template)
        edition = editions(template, period, None, self._given)[0]
        report, sources = building.composed(self._borrowed, catalogue, template, edition)
        pdf = self._target / f"{template.template}.pdf"
        write_atomically(pdf, FORMS["pdf"].write(report, sources))
        return pdf, _drawn(pdf), report.period_label


def _drawn(pdf: Path) -> tuple[Path, ...]:
    """The pages of a PDF as pictures beside it; none if there is no tool for that."""
    tool = shutil.which("pdftoppm")
    if tool is None:
        return ()
    for old in pdf.parent.glob("page-*.png"):
        old.unlink()
    command = [tool, "-r", str(RESOLUTION), "-png", str(pdf), str(pdf.parent / "page")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - a tool found on the path
    return tuple(sorted(pdf.parent.glob("page-*.png")))
