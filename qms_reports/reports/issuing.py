"""Which revision of a report this is, and what it says about the ones before it.

An edition of a report (template, period, parameters, cut-off) keeps the list of its revisions beside its files, in
``revision-history.json``.  The first content ever published is version 1; each other content is one more.  The list is
an input of the report: with the same list and the same records and declarations its bytes are the same, so building an
unchanged report again changes nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from qms_reports.languages import Language, language
from qms_reports.reports.document import Report, Revision
from qms_reports.reports.figures import IN_TABLE, changes, figures_of
from qms_reports.reports.stored_document import NotAReport, read_report
from qms_reports.store import write_atomically

HISTORY = "revision-history.json"


@dataclass(frozen=True, slots=True)
class Issue:
    """One revision in the history of an edition.

    Attributes:
        version: 1, 2, 3 …
        content_sha256: Its content hash.
        cutoff: Data cut-off (ISO, UTC).
        cutoff_label: The same as printed.
        reason: As printed.
        document: Name of the stored document.
        final: Whether it was ever built as final.
    """

    version: int
    content_sha256: str
    cutoff: str
    cutoff_label: str
    reason: str
    document: str
    final: bool = False


def read_history(folder: Path) -> tuple[Issue, ...]:
    """The revisions of the edition whose files lie in a folder, oldest first."""
    try:
        found = json.loads((folder / HISTORY).read_bytes())
    except FileNotFoundError:
        return ()
    return tuple(Issue(**one) for one in found["revisions"])


def write_history(folder: Path, history: Sequence[Issue]) -> None:
    """Keep the revisions of an edition."""
    content = {"revisions": [asdict(issue) for issue in history]}
    write_atomically(folder / HISTORY, json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False).encode())


def issued(
    report: Report,
    history: Sequence[Issue],
    folder: Path,
    *,
    final: bool = False,
    records_since: Callable[[dt.datetime], int] = lambda _moment: 0,
) -> Report:
    """The report as the revision that it is.

    What was final stays final as long as it says the same: a rebuild must not put a watermark on an issued report.

    Args:
        report: The composed report; its status is the declared one.
        history: The revisions so far.
        folder: Where the files of the edition lie.
        final: Whether it is built as final.
        records_since: How many records were entered or corrected between an instant and the report's cut-off.
    """
    version = next_version(report, history)
    earlier = history[: version - 1]
    if len(history) == version:  # it says what the last one says
        reason, final = history[-1].reason, final or history[-1].final
    else:
        reason = _reason(report, history[-1] if history else None, folder, records_since)
    lines = [Revision(str(one.version), one.cutoff_label, one.content_sha256, one.reason) for one in earlier]
    lines.append(Revision(str(version), report.cutoff_label, "", reason))
    return as_issued(report, str(version), tuple(lines), final=final)


def next_version(report: Report, history: Sequence[Issue]) -> int:
    """The version of a report: that of the last revision if it says the same, else one more."""
    if history and history[-1].content_sha256 == report.provenance.content_sha256:
        return history[-1].version
    return history[-1].version + 1 if history else 1


def as_issued(report: Report, version: str, revisions: tuple[Revision, ...], *, final: bool) -> Report:
    """The report as a given issue of it, such as one that is proved by recomputing it."""
    declared = "FOR REVIEW" if report.status == "DRAFT" else report.status
    return replace(report, version=version, revisions=revisions, final=final, status=declared if final else "DRAFT")


def recorded(report: Report, history: Sequence[Issue], document: str) -> tuple[Issue, ...]:
    """The history with an issued report in it."""
    hash_ = report.provenance.content_sha256
    if history and history[-1].content_sha256 == hash_:
        last = history[-1]
        return (*history[:-1], replace(last, final=last.final or report.final, document=document))
    issue = Issue(
        version=int(report.version),
        content_sha256=hash_,
        cutoff=report.cutoff.isoformat(),
        cutoff_label=report.cutoff_label,
        reason=report.revisions[-1].reason if report.revisions else "",
        document=document,
        final=report.final,
    )
    return (*history, issue)


def stored_document(folder: Path, issue: Issue) -> Report | None:
    """The stored document of a revision, where its files are still to be had."""
    for place in (folder, folder / "superseded" / issue.content_sha256[:12]):
        try:
            found = read_report((place / issue.document).read_bytes())
        except (FileNotFoundError, NotAReport):
            continue
        if found.provenance.content_sha256 == issue.content_sha256:
            return found
    return None


def _reason(report: Report, last: Issue | None, folder: Path, records_since: Callable[[dt.datetime], int]) -> str:
    words = language(report.language)
    if last is None:
        return words.text("document.first_issue")
    before = stored_document(folder, last)
    if before is None:
        what = [words.text("document.earlier_lost")]
    else:
        what = _differences(words, report, before, records_since(before.cutoff), last.cutoff_label.partition(" (")[0])
    return words.text("document.restated", what=words.text("document.semicolon").join(what))


def _differences(words: Language, report: Report, before: Report, records: int, since: str) -> list[str]:
    differing = changes(figures_of(before), figures_of(report))
    if before.language != report.language:  # heads and rows are called differently; KPIs keep their names
        differing = tuple(change for change in differing if IN_TABLE not in change[0])
    found = len(differing)
    key = {0: "no_figure_changed", 1: "one_figure_changed"}.get(found, "figures_changed")
    what = [words.text(f"document.{key}", count=words.number(found, 0))]
    if records:
        key = "one_record_changed" if records == 1 else "records_changed"
        what.append(words.text(f"document.{key}", count=words.number(records, 0), since=since))
    if before.provenance.template_sha256 != report.provenance.template_sha256:
        what.append(words.text("document.declarations_changed"))
    if before.provenance.product != report.provenance.product:
        what.append(words.text("document.product_changed", product=report.provenance.product))
    if len(what) == 1 and before.cutoff != report.cutoff:
        what.append(words.text("document.later_cutoff", cutoff=report.cutoff_label))
    return what
