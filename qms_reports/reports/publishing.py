"""Files of a finished report: one per form, beside each a manifest that says what it was made from, and the document.

A report built again with other content does not replace the earlier one without a trace: it is another revision, the
earlier files move to ``superseded/<content hash>/``, and the manifest says which figures changed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from qms_reports.declarations.models import Template
from qms_reports.reports.document import Report
from qms_reports.reports.figures import Value, changes, figures_of
from qms_reports.reports.issuing import next_version, read_history, recorded, write_history
from qms_reports.reports.rows import NO_SOURCES, RowSources
from qms_reports.reports.stored_document import write_report
from qms_reports.settings import Settings
from qms_reports.store import StoreError, explained, locked, safe_name, write_atomically, written_atomically

Form = Literal["pdf", "xlsx", "html", "json"]


@dataclass(frozen=True, slots=True)
class FormWriter:
    """How a form is written.

    Attributes:
        write: The report, and all rows of tables that hold only their first, as the bytes of the file.
        count: Pages of the file, or sheets.
        unit: What is counted.
    """

    write: Callable[[Report, RowSources], bytes]
    count: Callable[[bytes], int]
    unit: str


def _pdf(report: Report, sources: RowSources) -> bytes:
    from qms_reports.reports.pdf_writer import write_pdf

    return write_pdf(report, sources)


def _pdf_pages(content: bytes) -> int:
    return len(re.findall(rb"/Type */Page\b(?!s)", content))


def _xlsx(report: Report, sources: RowSources) -> bytes:
    from qms_reports.reports.excel_writer import write_excel

    return write_excel(report, sources)


def _xlsx_sheets(content: bytes) -> int:
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(content)) as workbook:
        return sum(name.startswith("xl/worksheets/sheet") for name in workbook.namelist())


def _html(report: Report, _sources: RowSources) -> bytes:
    from qms_reports.reports.html_writer import write_html

    return write_html(report)


def _json(report: Report, _sources: RowSources) -> bytes:
    from qms_reports.reports.json_writer import write_json

    return write_json(report)


FORMS: dict[Form, FormWriter] = {
    "pdf": FormWriter(_pdf, _pdf_pages, "pages"),
    "xlsx": FormWriter(_xlsx, _xlsx_sheets, "sheets"),
    "html": FormWriter(_html, lambda content: int(b"</html>" in content), "pages"),
    "json": FormWriter(_json, lambda content: int(content.startswith(b"{")), "documents"),
}
"""The forms there are."""


def forms_of(template: Template) -> tuple[Form, ...]:
    """The forms that a template is made in."""
    return tuple(dict.fromkeys(template.formats))


@dataclass(frozen=True, slots=True)
class Published:
    """One file of a report.

    Attributes:
        form: One of `FORMS`.
        path: Where it lies.
        sha256: Hash of its bytes.
        size: Bytes.
        pages: Pages of the PDF, sheets of the workbook; of other forms 1.
        content_sha256: Hash of the document model it was written from.
        version: Revision of the report.
        restates: Content hash of the report that it replaces, or empty.
        changes: The figures that differ from the replaced report: name, earlier value, value.
        further: Files written with it, such as tables that a workbook cannot hold.
    """

    form: Form
    path: Path
    sha256: str
    size: int
    pages: int
    content_sha256: str
    version: str
    restates: str
    changes: tuple[tuple[str, Value, Value], ...]
    further: tuple[Path, ...] = ()


def folder(settings: Settings, template: str, edition: str) -> Path:
    """Where the files of one report lie; `edition` says period, cut-off and parameters, as in paths."""
    return settings.home / "reports" / template / edition


def file_stem(document_number: str) -> str:
    """The document number as the name of a file: what a file system may take amiss is percent-encoded."""
    return safe_name(document_number)


def publish(
    settings: Settings,
    report: Report,
    edition: str,
    form: Form,
    facts: dict[str, Any],
    sources: RowSources = NO_SOURCES,
    further: Mapping[str, bytes] | None = None,
) -> Published:
    """Write one form of an issued report, its manifest and the stored document.

    Args:
        settings: Where to.
        report: The document, as `issuing.issued` made it from the history of the edition.
        edition: Period, cut-off and parameters, as in paths.
        form: Which writer.
        facts: What the manifest keeps beside the reproducible content: run id, time of the build, edition.
        sources: All rows of tables that hold only their first.
        further: Name and content of files that belong to this form, such as the company's workbook.

    Raises:
        StoreError: The folder cannot be written, or another process published another revision meanwhile.
        ValueError: The document cannot be represented in this form; the message says what and where.
    """
    writer, target = FORMS[form], folder(settings, report.id, edition)
    content = writer.write(report, sources)
    beside = {**_companions(report, form, sources), **{name: [held] for name, held in (further or {}).items()}}
    stem = file_stem(report.document_number)
    path = target / f"{stem}.{form}"
    document = target / f"{stem}.document.json"
    hash_ = report.provenance.content_sha256
    with locked(target):
        history = read_history(target)
        if report.version != str(next_version(report, history)):
            raise StoreError(
                f"{target}: another process published version {history[-1].version if history else 0} meanwhile; "
                "run the build again"
            )
        extended = recorded(report, history, document.name)
        before = read_manifest(path)
        restates = ""
        found: tuple[tuple[str, Value, Value], ...] = ()
        if before is not None and before["content_sha256"] != hash_:
            restates = str(before["content_sha256"])
            found = changes(before.get("figures", {}), figures_of(report))
            _supersede(path, restates, before.get("further", {}))
        elif before is not None:
            restates = str(before.get("restates", ""))
            found = tuple((name, old, new) for name, old, new in before.get("changes", ()))
        if history and history[-1].content_sha256 != hash_:
            _keep(target / history[-1].document, target / "superseded" / history[-1].content_sha256[:12])
        made = Published(
            form, path, hashlib.sha256(content).hexdigest(), len(content), writer.count(content), hash_,
            report.version, restates, found, tuple(target / name for name in beside),
        )  # fmt: skip
        write_atomically(document, write_report(report))
        if extended != history:  # before the file: a version that was seen is never given to other content
            write_history(target, extended)
        hashes = {name: _write_pieces(target / name, pieces) for name, pieces in beside.items()}
        write_atomically(path, content)
        facts = facts | {"document": document.name, "further": hashes}
        write_atomically(_manifest_path(path), _manifest(report, made, facts))
    return made


def read_manifest(path: Path) -> dict[str, Any] | None:
    """The manifest beside a report file, or None."""
    try:
        found: dict[str, Any] = json.loads(_manifest_path(path).read_bytes())
    except FileNotFoundError:
        return None
    return found


def _manifest_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _manifest(report: Report, made: Published, facts: dict[str, Any]) -> bytes:
    content = {
        "report": report.id,
        "period": report.period_key,
        "document_number": report.document_number,
        "version": report.version,
        "status": report.status,
        "final": report.final,
        "language": report.language,
        "cutoff": report.cutoff.isoformat(),
        "sha256": made.sha256,
        "bytes": made.size,
        "pages": made.pages,
        "content_sha256": made.content_sha256,
        "restates": made.restates,
        "changes": made.changes,
        "figures": figures_of(report),
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


def _companions(report: Report, form: Form, sources: RowSources) -> dict[str, Iterable[bytes]]:
    if form != "xlsx":
        return {}
    from qms_reports.reports.excel_limits import companion_files

    return dict(companion_files(report, sources))


def _write_pieces(path: Path, pieces: Iterable[bytes]) -> str:
    """Write a file in pieces, wholly or not at all, and return its SHA-256."""
    digest = hashlib.sha256()
    with written_atomically(path) as file:
        for piece in pieces:
            digest.update(piece)
            file.write(piece)
    return digest.hexdigest()


def _supersede(path: Path, content_hash: str, further: Iterable[str]) -> None:
    archive = path.parent / "superseded" / content_hash[:12]
    for file in (path, _manifest_path(path), *(path.parent / name for name in further)):
        _keep(file, archive)


def _keep(file: Path, archive: Path) -> None:
    """Copy a file, so that the report is in its place at every moment."""
    if file.exists():
        with explained("write to", archive):
            archive.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, archive / file.name)


def now() -> str:
    """The wall clock, for manifests only."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
