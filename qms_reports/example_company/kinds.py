"""The record kinds that the example company delivers: their columns in order, their keys, their share of the whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

TEXT, WHOLE, NUMBER, DATE, FLAG = "VARCHAR", "INTEGER", "DECIMAL(12,2)", "DATE", "BOOLEAN"


@dataclass(frozen=True)
class Kind:
    """One record kind.

    Attributes:
        name: Name of the dataset, and the beginning of its files' names.
        key: The columns that identify a record.
        columns: Column name to DuckDB type, in the order of the files, key first; instants are text with an offset.
        share: Part of `--scale` that are records of this kind.
        prefix: Beginning of its ids.
    """

    name: str
    key: tuple[str, ...]
    columns: dict[str, str]
    share: float
    prefix: str

    @cached_property
    def empty(self) -> dict[str, object]:
        """A row without any value."""
        return dict.fromkeys(self.columns)


def _columns(texts: str, **typed: str) -> dict[str, str]:
    """Columns by name, in order; the type of those that are not text is given apart."""
    types = {name: kind for kind, names in typed.items() for name in names.split()}
    named = {"whole": WHOLE, "number": NUMBER, "date": DATE, "flag": FLAG}
    return {name: named[types[name]] if name in types else TEXT for name in texts.split()}


def _dates(names: str) -> str:
    """Columns whose name says that they are dates."""
    return " ".join(name for name in names.split() if name.endswith("_on") or name in {"leave_from", "leave_to"})


def _kind(name: str, key: str, share: float, prefix: str, columns: str, **typed: str) -> Kind:
    texts = f"{columns} voided_on recorded_at"
    return Kind(name, tuple(key.split()), _columns(texts, date=_dates(texts), **typed), share, prefix)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind(
            "suppliers", "supplier_id", 0.0001, "SU",
            "supplier_id supplier category country approved_on disapproved_on last_audit_on next_audit_on",
        ),
        _kind(
            "documents", "document_id version", 0.004, "DOC",
            "document_id version site title kind department drafted_on approved_on effective_on next_review_on "
            "obsolete_on",
            whole="version",
        ),
        _kind(
            "batches", "batch_id", 0.030, "BA",
            "batch_id site product line started_on ended_on dispositioned_on disposition had_deviation had_rework "
            "had_reprocess had_record_correction units_started units_good inspected_units defects "
            "opportunities_per_unit",
            whole="units_started units_good inspected_units defects opportunities_per_unit",
            flag="had_deviation had_rework had_reprocess had_record_correction",
        ),
        _kind(
            "batch_steps", "batch_id step", 0.120, "BA",
            "batch_id step site product line ended_on units_started units_good_first_pass",
            whole="units_started units_good_first_pass",
        ),
        _kind(
            "test_results", "result_id", 0.360, "TR",
            "result_id site batch_id product department characteristic result lower_limit upper_limit batch_ended_on "
            "tested_on out_of_specification oos_outcome",
            number="result lower_limit upper_limit",
            flag="out_of_specification",
        ),
        _kind(
            "units_distributed", "shipment_id", 0.150, "SH",
            "shipment_id site product region batch_id shipped_on units packs",
            whole="units packs",
        ),
        _kind(
            "supplier_deliveries", "line_id", 0.075, "DL",
            "line_id site supplier_id supplier material lot original_confirmed_on confirmed_on received_on "
            "units_received defective_units defect_detected_on inspected_on lot_accepted",
            whole="units_received defective_units",
            flag="lot_accepted",
        ),
        _kind(
            "training", "assignment_id", 0.200, "TA",
            "assignment_id site person_id department curriculum document_id document_version required assigned_on "
            "due_on completed_on expires_on first_attempt_on first_attempt_passed joined_on left_on leave_from "
            "leave_to superseded_on",
            whole="document_version",
            flag="required first_attempt_passed",
        ),
        _kind(
            "quality_events", "event_id", 0.021, "QE",
            "event_id site zone type severity initial_severity reclassified_on department product process failure_mode "
            "root_cause batch_id change_id supplier_id occurred_at logged_at original_due_on due_on extensions "
            "first_closed_on reopened_on reopenings closed_on",
            whole="extensions reopenings",
        ),
        _kind(
            "capas", "capa_id", 0.007, "CA",
            "capa_id site event_id source_kind action_type department opened_on original_due_on due_on extensions "
            "investigation_done_on implemented_on effectiveness_due_on effectiveness_concluded_on effectiveness_result "
            "first_closed_on reopened_on closed_on",
            whole="extensions",
        ),
        _kind(
            "complaints", "complaint_id", 0.012, "CO",
            "complaint_id site product region severity batch_id received_on awareness_on reportable report_clock "
            "reported_on original_due_on due_on extensions first_closed_on reopened_on closed_on duplicate_of",
            whole="extensions",
            flag="reportable",
        ),
        _kind(
            "audits", "audit_id", 0.0006, "AU",
            "audit_id site kind department supplier_id auditor baseline_planned_on planned_on performed_on "
            "report_issued_on",
        ),
        _kind(
            "audit_findings", "finding_id", 0.0015, "AF",
            "finding_id site audit_id department clause classification reported_on response_due_on responded_on "
            "closed_on",
        ),
        _kind(
            "change_controls", "change_id", 0.007, "CC",
            "change_id site department kind emergency opened_on original_due_on due_on extensions implemented_on "
            "first_closed_on reopened_on closed_on",
            whole="extensions",
            flag="emergency",
        ),
        _kind(
            "actions", "action_id", 0.004, "AC",
            "action_id site kind reference supplier_id department opened_on original_due_on due_on closed_on",
        ),
        _kind(
            "product_recalls", "recall_id", 0.00003, "RC",
            "recall_id event_id site product classification initiated_on terminated_on",
        ),
        _kind(
            "costs", "posting_id", 0.008, "PO",
            "posting_id site department bucket posted_on amount",
            number="amount",
        ),
    )
}  # fmt: skip
"""All record kinds, in an order in which every link points backwards (but for what an audit or a CAPA points to)."""
