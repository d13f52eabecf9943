"""Files of a finished report: the PDF, the workbook, and beside each a manifest that says what it was made from.

A report built again with other content does not replace the earlier one without a trace: the earlier files move to
``superseded/<content hash>/`` and the manifest says which figures changed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from qms_reports.reports.document import Report
from qms_reports.settings import Settings
from qms_reports.store import explained, locked, write_atomically

Form = Literal["pdf", "xlsx"]
FORMS: tuple[Form, ...] = ("pdf", "xlsx")


@dataclass(frozen=True, slots=True)
class Published:
    """One file of a report.

    Attributes:
        form: ``pdf`` or ``xlsx``.
        path: Where it lies.
        sha256: Hash of its bytes.
        size: Bytes.
        pages: Pages of the PDF, sheets of the workbook.
        content_sha256: Hash of the document model it was written from.
        restates: Content hash of the report that it replaces, or empty.
        changes: The figures that differ from the replaced report: KPI, earlier value, value.
    """

    form: Form
    path: Path
    sha256: str
    size: int
    pages: int
    content_sha256: str
    restates: str
    changes: tuple[tuple[str, float | None, float | None], ...]


def folder(settings: Settings, template: str, edition: str) -> Path:
    """Where the files of one report lie."""
    return settings.home / "reports" / template / edition


def publish(settings: Settings, report: Report, edition: str, form: Form, facts: dict[str, Any]) -> Published:
    """Write one form of a report and its manifest.

    Args:
        settings: Where to.
        report: The document.
        edition: Name of the period and cut-off, as in paths.
        form: Which writer.
        facts: What the manifest keeps beside the reproducible content: run id, time of the build.

    Raises:
        StoreError: The folder cannot be written.
        ValueError: The document cannot be represented in this form; the message says what and where.
    """
    content, pages = _written(report, form)
    target = folder(settings, report.id, edition)
    path = target / f"{report.document_number}.{form}"
    sha256 = hashlib.sha256(content).hexdigest()
    hash_ = report.provenance.content_sha256
    with locked(target):
        before = read_manifest(path)
        restates = ""
        changes: tuple[tuple[str, float | None, float | None], ...] = ()
        if before is not None and before["content_sha256"] != hash_:
            restates = str(before["content_sha256"])
            changes = _changes(before.get("figures", {}), _figures(report))
            _supersede(path, restates)
        elif before is not None:
            restates = str(before.get("restates", ""))
            changes = tuple((name, old, new) for name, old, new in before.get("changes", ()))
        made = Published(form, path, sha256, len(content), pages, hash_, restates, changes)
        write_atomically(path, content)
        write_atomically(_manifest_path(path), _manifest(report, made, facts))
    return made


def read_manifest(path: Path) -> dict[str, Any] | None:
    """The manifest beside a report file, or None."""
    try:
        found: dict[str, Any] = json.loads(_manifest_path(path).read_bytes())
    except FileNotFoundError:
        return None
    return found


def _written(report: Report, form: Form) -> tuple[bytes, int]:
    if form == "pdf":
        from qms_reports.reports.pdf_writer import write_pdf

        content = write_pdf(report)
        return content, len(re.findall(rb"/Type */Page\b(?!s)", content))
    import io
    import zipfile

    from qms_reports.reports.excel_writer import write_excel

    content = write_excel(report)
    with zipfile.ZipFile(io.BytesIO(content)) as workbook:
        return content, sum(name.startswith("xl/worksheets/sheet") for name in workbook.namelist())


def _manifest_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _manifest(report: Report, made: Published, facts: dict[str, Any]) -> bytes:
    content = {
        "report": report.id,
        "period": report.period_key,
        "document_number": report.document_number,
        "cutoff": report.cutoff.isoformat(),
        "sha256": made.sha256,
        "bytes": made.size,
        "pages": made.pages,
        "content_sha256": made.content_sha256,
        "restates": made.restates,
        "changes": made.changes,
        "figures": _figures(report),
        "provenance": {
            "product": report.provenance.product,
            "template": report.provenance.template,
            "template_sha256": report.provenance.template_sha256,
            "data_sha256": report.provenance.data_sha256,
            "entries": report.provenance.entries,
        },
        **facts,
    }
    return json.dumps(content, indent=1, sort_keys=True).encode()


def _figures(report: Report) -> dict[str, float | None]:
    tiles = [*report.tiles, *(tile for section in report.sections for tile in section.tiles)]
    return {tile.kpi: tile.value for tile in tiles}


def _changes(
    before: dict[str, float | None], now: dict[str, float | None]
) -> tuple[tuple[str, float | None, float | None], ...]:
    names = sorted(before.keys() | now.keys())
    return tuple((name, before.get(name), now.get(name)) for name in names if before.get(name) != now.get(name))


def _supersede(path: Path, content_hash: str) -> None:
    archive = path.parent / "superseded" / content_hash[:12]
    with explained("write to", archive):
        archive.mkdir(parents=True, exist_ok=True)
        for file in (path, _manifest_path(path)):
            if file.exists():  # a copy, so that the report is in its place at every moment
                shutil.copy2(file, archive / file.name)


def now() -> str:
    """The wall clock, for manifests only."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
