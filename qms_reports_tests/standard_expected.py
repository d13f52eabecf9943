"""What a count by hand of the records in `standard_records` gives for May 2024, KPI by KPI."""

from __future__ import annotations

import itertools
import statistics

from qms_reports_tests.standard_records import ASSAYS, DISSOLUTIONS

Expected = dict[str, tuple[float, float | None]]


def flows(records: str, closed: int, again: int, reopened: int, voided: int, while_open: int, at_end: int) -> Expected:
    """What happened to the backlog in May."""
    found = {"closed": closed, "closed_again": again, "reopened": reopened, "voided": voided,
             "voided_while_open": while_open, "open": at_end}  # fmt: skip
    return {f"{records}_{name}": (number, None) for name, number in found.items()}


def ages(records: str, *bands: int) -> Expected:
    """The open records of each age at the end of May."""
    names = ("0_30_days", "31_60_days", "61_90_days", "over_90_days")
    return {f"{records}_open_{name}": (number, None) for name, number in zip(names, bands, strict=True)}


COUNTED: Expected = {
    "quality_events_opened": (6, None),  # E1 E2 E3 E10 E11 E13; E3 by Osaka's clock
    "quality_events_opened_by_logging_date": (5, None),  # without E10, logged on 3 June
    "quality_events_critical": (1, None),
    "quality_events_major": (0, None),  # E2 was minor until 10 June
    "quality_events_minor": (4, None),
    "quality_event_deviation_rate": (4, 4),
    **flows("quality_events", 3, 1, 1, 2, 1, 8),
    **ages("quality_events", 4, 1, 1, 2),
    "quality_event_on_time_closure_due_based": (1, 3),
    "quality_event_on_time_closure_due_based_current_due": (2, 3),
    "quality_event_on_time_closure_closure_based": (2, 3),
    "quality_event_overdue_rate": (3, 8),  # E3 E6 E9; not E2, due on the last day
    "quality_event_overdue_rate_current_due": (2, 8),
    "quality_event_extension_rate": (1, 3),
    "quality_event_reopened_rate": (2, 5),
    "quality_event_closure_ratio": (3, 6),
    "quality_event_recurring_rate": (3, 4),  # E1 exactly 12 months after E12; E13 only after the void E14
    "quality_event_critical_major_share": (1, 5),
    "quality_event_critical_major_share_as_now_classified": (2, 5),
    "quality_event_no_root_cause_or_human_error_share": (2, 4),
    "quality_event_no_root_cause_share": (1, 4),
    "quality_event_human_error_share": (1, 4),
    "quality_event_logged_within_1_business_day": (4, 5),  # E2 over Ascension Day; E3 not, over Golden Week
    "capas_opened": (2, None),
    **flows("capas", 2, 1, 1, 2, 1, 7),
    **ages("capas", 2, 1, 1, 3),
    "capas_open_in_investigation": (3, None),
    "capas_open_in_implementation": (1, None),
    "capas_open_in_effectiveness": (3, None),
    "capa_on_time_implementation_due_based": (1, 3),
    "capa_on_time_implementation_due_based_current_due": (2, 2),
    "capa_on_time_implementation_implementation_based": (0, 1),
    "capa_overdue_rate": (1, 7),  # C3; C10 is implemented
    "capa_overdue_rate_current_due": (0, 7),
    "capa_extension_rate": (2, 3),
    "capa_reopened_rate": (2, 4),
    "capa_closure_ratio": (2, 2),
    "capa_effectiveness": (1, 2),
    "capa_effectiveness_pending": (2, None),
    "capa_effectiveness_overdue": (1, None),
    "capa_preventive_share": (1, 2),
    "complaints_received": (5, None),
    **flows("complaints", 2, 1, 1, 2, 1, 8),
    **ages("complaints", 5, 1, 1, 1),
    "complaint_rate_same_period_exposure": (5, 1_000_000),
    "complaint_rate_lagged_cumulated_exposure": (5, 300_000),
    "complaint_critical_rate": (2, 30_000),
    "complaint_reported_within_clock": (3, 5),
    "complaint_reports_overdue": (1, None),
    "complaint_on_time_closure_due_based": (1, 2),
    "complaint_on_time_closure_due_based_current_due": (1, 2),
    "complaint_on_time_closure_closure_based": (1, 2),
    "complaint_overdue_rate": (2, 8),
    "complaint_overdue_rate_current_due": (1, 8),
    "complaint_extension_rate": (1, 2),
    "complaint_reopened_rate": (2, 4),
    "complaint_closure_ratio": (2, 5),
    "complaint_recall_events_initiated": (2, None),  # three products
    "complaint_recall_events_class_1": (1, None),
    "complaint_recall_events_class_2": (1, None),
    "complaint_recall_events_class_3": (0, None),
    "audit_programme_adherence": (1, 3),
    "audit_programme_adherence_within_30_days": (2, 3),
    "audit_findings_per_audit": (4, 3),
    "audit_critical_findings_per_audit": (1, 3),
    "audit_major_findings_per_audit": (2, 3),
    "audit_minor_findings_per_audit": (1, 3),
    "audit_response_on_time": (1, 3),
    "audit_response_external_within_15_business_days": (1, 1),
    "audit_repeat_finding_rate": (2, 5),
    "audit_report_issued_on_time": (2, 3),
    "training_compliance": (3, 8),
    "training_overdue_assignments": (3, 8),
    "training_people_with_overdue": (2, 5),
    "training_people_expected": (5, None),
    "training_on_time_completion": (2, 6),
    "training_first_attempt_passed": (2, 3),
    "training_assignments_opened": (4, None),
    "documents_effective": (4, None),
    "document_review_overdue_rate": (1, 4),
    "documents_review_overdue": (1, None),
    "documents_become_effective": (3, None),
    "document_trained_before_effective": (1, 2),
    "supplier_on_time_of_lines_due": (3, 6),
    "supplier_on_time_of_lines_due_current_date": (4, 6),
    "supplier_on_time_of_lines_received": (2, 5),
    "supplier_lines_not_received": (1, None),
    "supplier_defective_parts_per_million": (9, 5000),
    "supplier_lot_acceptance": (3, 4),
    "supplier_corrective_action_on_time": (1, 3),
    "suppliers_approved": (3, None),
    "supplier_requalification_overdue": (1, 3),
    "batches_started": (5, None),
    "batches_dispositioned": (4, None),
    "batches_rejected": (1, None),
    "batch_acceptance_of_started": (2, 5),
    "batch_acceptance_of_dispositioned": (3, 4),
    "batch_right_first_time": (2, 4),
    "batch_first_pass_yield": (3672, 3850),
    "oos_confirmed_of_tests": (1, 63),
    "oos_invalidated_of_oos_results": (1, 3),
    "oos_invalidated_of_tests": (1, 63),
    "oos_under_investigation": (1, None),
    "batch_defects_per_million_opportunities": (7, 2000),
    "batch_sigma_level": (7, 2000),
    "batches_pending_over_30_days": (2, None),
    "changes_opened": (1, None),
    **flows("changes", 2, 1, 1, 2, 1, 4),
    **ages("changes", 1, 1, 1, 1),
    "change_on_time_closure_due_based": (1, 3),
    "change_on_time_closure_due_based_current_due": (1, 2),
    "change_on_time_closure_closure_based": (1, 2),
    "change_overdue_rate": (2, 4),
    "change_overdue_rate_current_due": (1, 4),
    "change_extension_rate": (1, 3),
    "change_reopened_rate": (2, 4),
    "change_closure_ratio": (2, 1),
    "changes_implemented": (4, None),
    "change_emergency_share": (1, 3),
    "change_unsuccessful_share": (1, 4),
    "product_quality_review_on_time": (1, 2),
    "management_review_actions_on_time": (1, 2),
    "management_review_actions_open": (2, None),
    "management_review_actions_overdue": (1, None),
    "cost_of_poor_quality_of_sales": (600.05, 100_000),
    "cost_of_poor_quality_of_cost_of_goods_sold": (600.05, 20_000),
}
"""KPI to numerator and denominator of May 2024."""


def spread(values: list[float]) -> tuple[float, float, float]:
    """Mean, standard deviation within (mean moving range / d2) and overall, as Montgomery's chapter 8 computes them."""
    ranges = [abs(after - before) for before, after in itertools.pairwise(values)]
    d2 = 1.128  # of moving ranges of two, as the tables print it
    return statistics.mean(values), statistics.mean(ranges) / d2, statistics.stdev(values)


def capability() -> dict[str, float]:
    """Cp and Pp of the assay; Cpk and Ppk the smaller ones of assay and dissolution."""
    mean, within, overall = spread(ASSAYS)
    low, low_within, low_overall = spread(DISSOLUTIONS)
    nearer = min(105 - mean, mean - 95)
    return {
        "cp": 10 / (6 * within),
        "cpk": min(nearer / (3 * within), (low - 80) / (3 * low_within)),
        "pp": 10 / (6 * overall),
        "ppk": min(nearer / (3 * overall), (low - 80) / (3 * low_overall)),
    }


INDICES = capability()
VALUES: dict[str, float] = {
    "quality_events_open_oldest": 198,
    "quality_event_days_to_close_median": 16,  # of 10, 16 and 70
    "quality_event_days_to_close_p90": 59.2,  # 16 + 0.8 (70 - 16)
    "quality_event_days_to_close_median_critical": 16,
    "quality_event_days_to_close_median_minor": 10,
    # 10, 16, 16+, 22, 25+ 30+ 41+, 61, 70, 77+ 101+ and one of 0+: 10/11 9/10 7/8 3/4 2/3 = 0.358 at 70
    "quality_event_days_to_close_kaplan_meier": 70,
    "capas_open_oldest": 351,
    "capa_days_to_implement_median": 109,
    "capa_days_to_conclude_median": 108,
    "complaints_open_oldest": 182,
    "complaint_days_to_close_median": 65,
    "document_days_to_effect_median": 41,
    "batch_rolled_throughput_yield": 91.1,  # 1850 / 2000 of the first step, 1822 / 1850 of the second
    "batch_sigma_level": statistics.NormalDist().inv_cdf(1 - 7 / 2000),
    "batch_release_days_median": 20,
    **{f"batch_{name}_rolling_year": value for name, value in INDICES.items()},
    "changes_open_oldest": 173,
    "change_days_to_close_median": 92,
    "cost_of_prevention": 1000.10,
    "cost_of_appraisal": 2000.20,
    "cost_of_internal_failure": 400.05,
    "cost_of_external_failure": 200.00,
    "quality_event_deviation_rate": 100,
    "complaint_critical_rate": 200 / 3,
    "complaint_rate_lagged_cumulated_exposure": 50 / 3,
    "supplier_defective_parts_per_million": 1800,
    "batch_defects_per_million_opportunities": 3500,
    "audit_findings_per_audit": 4 / 3,
}
"""KPI to its value in May 2024, of those that are no share of a count."""

OF_THE_QUARTER: dict[str, float | None] = {
    # E1 E2 E3 E10 E13 E16: 10, 16, and four still open, so that fewer than half have closed
    "quality_event_days_to_close_kaplan_meier_of_period": None,
    **{f"batch_{name}_of_period": value for name, value in INDICES.items()},
}
"""KPI to its value in the second quarter of 2024, of those that have none for a month."""
