"""A report as JSON: the document model itself, for programs and for comparing revisions."""

from __future__ import annotations

from qms_reports.reports.document import Report
from qms_reports.reports.stored_document import write_report


def write_json(report: Report) -> bytes:
    """The report as a JSON file; `stored_document.read_report` reads it back without loss.

    Args:
        report: The document model.

    Returns:
        UTF-8 with sorted keys; the same bytes for the same report.

    Raises:
        ValueError: A number is NaN or infinite.
    """
    return write_report(report)
