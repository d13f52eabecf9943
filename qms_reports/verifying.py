"""Is a report what it claims to be?  It is made again from its own provenance, and compared byte by byte.

A file carries its document (`reports.embedded_document`), which says of what template, period, parameters and data
cut-off it was made.  The same declarations and the records known at that cut-off must give the same bytes.  Then the
report is made once more from all that is known now, to see whether late or corrected records would change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qms_reports import building
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Template
from qms_reports.declarations.parameters import ParameterError
from qms_reports.editions import edition
from qms_reports.periods import parse_period
from qms_reports.reports.altered_parts import altered_parts
from qms_reports.reports.comparing import Comparison, compare
from qms_reports.reports.document import Report
from qms_reports.reports.embedded_document import unpack
from qms_reports.reports.issuing import as_issued
from qms_reports.reports.publishing import FORMS, Form
from qms_reports.reports.rows import RowSources
from qms_reports.settings import Settings

_NAMED = 5
"""Changed declarations that a verdict names."""

Outcome = Literal["identical", "restated", "tampered", "unproven"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found out about a file.

    Attributes:
        outcome: ``identical``: made again, it has the same bytes, and what is known now changes nothing.
            ``restated``: it is genuine, but what is known now gives other figures.  ``tampered``: made again from the
            same declarations and records, it has other bytes.  ``unproven``: declarations or product are no longer
            those it was made with, so its bytes cannot be expected.
        report: The document in the file.
        reasons: Why, in sentences.
        comparison: The file's document against the one made again (``tampered``, ``unproven``) or against the one of
            today (``restated``).
        signed: Whether a signature follows the report's own bytes.
    """

    outcome: Outcome
    report: Report
    reasons: tuple[str, ...]
    comparison: Comparison | None = None
    signed: bool = False


def verify(settings: Settings, catalogue: Catalogue, content: bytes) -> Verdict:
    """Make a report again from its provenance.

    Args:
        settings: The installation that holds the records.
        catalogue: Its declarations.
        content: The file: PDF (signed or not), workbook, page or JSON.

    Raises:
        NotAReport: The file carries no document.
        ValueError: A report of this template cannot be made again; the message says why.
    """
    claimed = unpack(content)
    template = catalogue.templates.get(claimed.id)
    if template is None:
        reason = f"There is no usable template {claimed.id!r} any more."
        return Verdict("unproven", claimed, (reason,))
    try:
        again, sources = _made_again(settings, catalogue, template, claimed)
    except ParameterError as error:
        return Verdict("unproven", claimed, (f"The template does not take its parameters any more: {error}",))
    written = FORMS[_form(content)].write(again, sources)
    if content != written and not _signed(content, written):
        return _not_equal(claimed, again, content, written)
    now = _as_of_now(settings, catalogue, template, claimed)
    found = compare(claimed, now)
    signed = content != written
    if found.equal:
        return Verdict("identical", claimed, ("Made again, it has the same bytes.",), signed=signed)
    since = _learned_since(settings, catalogue, template, claimed, now)
    return Verdict("restated", claimed, ("Made again, it has the same bytes.", since), found, signed)


def _form(content: bytes) -> Form:
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"PK"):
        return "xlsx"
    return "json" if content.lstrip()[:1] == b"{" else "html"


def _signed(content: bytes, written: bytes) -> bool:
    """Whether a file is the report followed by signatures, which PDF appends without touching what was there."""
    return content.startswith(written) and b"/ByteRange" in content[len(written) :]


def _made_again(
    settings: Settings, catalogue: Catalogue, template: Template, claimed: Report
) -> tuple[Report, RowSources]:
    period = parse_period(claimed.period_key, settings.fiscal)
    asked = edition(template, period, claimed.cutoff, dict(claimed.arguments))
    composed, sources = building.composed(settings, catalogue, template, asked)
    return as_issued(composed, claimed.version, claimed.revisions, final=claimed.final), sources


def _as_of_now(settings: Settings, catalogue: Catalogue, template: Template, claimed: Report) -> Report:
    period = parse_period(claimed.period_key, settings.fiscal)
    asked = edition(template, period, None, dict(claimed.arguments))
    return building.composed(settings, catalogue, template, asked)[0]


def _learned_since(settings: Settings, catalogue: Catalogue, template: Template, claimed: Report, now: Report) -> str:
    period = parse_period(claimed.period_key, settings.fiscal)
    count = building.records_learned(settings, catalogue, template, period, claimed.cutoff, now.cutoff)
    records = "1 record was" if count == 1 else f"{count:,} records were"
    return f"Since its data cut-off {records} entered or corrected, which changes what it would say today."


def _not_equal(claimed: Report, again: Report, content: bytes, written: bytes) -> Verdict:
    """Other bytes: because other declarations or another product made them, or because somebody changed the file."""
    found = compare(claimed, again)
    reasons = []
    if claimed.provenance.product != again.provenance.product:
        reasons.append(f"It was made by {claimed.provenance.product}; this is {again.provenance.product}.")
    if claimed.provenance.template_sha256 != again.provenance.template_sha256:
        changed = _changed_entries(claimed, again)
        more = " …" if len(changed) > _NAMED else ""
        which = f": {', '.join(changed[:_NAMED])}{more}" if changed else ""
        reasons.append(f"Declarations have changed since it was made{which}.")
    if reasons:
        told = "It says what is computed today all the same." if found.equal else "It says other things than today."
        return Verdict("unproven", claimed, (*reasons, told), found)
    if claimed.provenance.data_sha256 != again.provenance.data_sha256:
        reasons.append("The records known at its data cut-off are not those it was made of.")
    if not found.equal:
        reasons.append("What it says is not what its records and declarations give.")
    reasons += altered_parts(content, written)
    return Verdict("tampered", claimed, tuple(reasons), found)


def _changed_entries(claimed: Report, again: Report) -> list[str]:
    old, new = dict(claimed.provenance.entries), dict(again.provenance.entries)
    names = dict.fromkeys((*old, *new))
    declared = [name for name in names if not name.startswith("dataset ")]
    return [name for name in declared if old.get(name) != new.get(name)]
