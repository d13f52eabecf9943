"""Control totals: what was read of each dataset and what became of it, so that a report reconciles with its sources."""

from __future__ import annotations

from collections.abc import Iterable

from qms_reports.charts.filling import Filling
from qms_reports.datasets.reading import stored_table
from qms_reports.declarations.models import Dataset
from qms_reports.declarations.references import full_types
from qms_reports.reports.document import ControlTotal
from qms_reports.store import identifier, timestamp


def control_totals(filling: Filling, datasets: Iterable[str]) -> tuple[ControlTotal, ...]:
    """The control total of each of some stored datasets, by title, as known at the cut-off."""
    found = []
    for name in sorted(set(datasets)):
        dataset = filling.catalogue.datasets[name]
        commits = filling.session.commits[name]
        counts = {key: sum(commit.counts[key] for commit in commits) for key in _COUNTS}
        source = filling.catalogue.sources.get(dataset.source or "")
        records, in_period = _records(filling, dataset)
        found.append(
            ControlTotal(
                dataset=dataset.title,
                source=source.title if source else "",
                read=counts["read"],
                accepted=counts["accepted"],
                quarantined=counts["quarantined"],
                duplicates=counts["duplicate"],
                records=records,
                in_period=in_period,
            )
        )
    return tuple(sorted(found, key=lambda total: (total.dataset, total.source)))


def unreconciled(totals: Iterable[ControlTotal]) -> list[str]:
    """What does not add up: rows that were read and are neither accepted, quarantined nor duplicates, or too many."""
    problems = []
    for total in totals:
        told = total.accepted + total.quarantined + total.duplicates
        if total.read != told:
            problems.append(
                f"{total.dataset}: {total.read} rows were read, but {total.accepted} accepted + {total.quarantined} "
                f"quarantined + {total.duplicates} duplicates are {told}"
            )
        if total.records > total.accepted:
            problems.append(f"{total.dataset}: {total.records} records from {total.accepted} accepted rows")
        if total.in_period > total.records:
            problems.append(f"{total.dataset}: {total.in_period} records of the period among {total.records} in all")
    return problems


_COUNTS = ("read", "accepted", "quarantined", "duplicate")


def _records(filling: Filling, dataset: Dataset) -> tuple[int, int]:
    """Records known at the cut-off, and those whose period date lies in the period."""
    period, column = filling.period, identifier(dataset.period_date)
    if full_types(dataset, {"dataset": filling.catalogue.datasets})[dataset.period_date] == "TIMESTAMP":
        zone = filling.settings.zone
        first, last = timestamp(period.start_instant(zone)), timestamp(period.end_instant(zone))
    else:
        first, last = f"DATE '{period.start}'", f"DATE '{period.end}'"
    table = identifier(stored_table(dataset))
    cursor = filling.session.cursor()
    within = f"{column} >= {first} AND {column} < {last}"
    (in_period,) = cursor.execute(f"SELECT count(*) FROM {table} WHERE {within}").fetchall()[0]
    if filling.session.as_known is None:  # each commit says by how many records there are more and less
        counts = [commit.counts for commit in filling.session.commits[dataset.dataset]]
        return sum(count["added"] - count["withdrawn"] for count in counts), int(in_period)
    (records,) = cursor.execute(f"SELECT count(*) FROM {table}").fetchall()[0]
    return int(records), int(in_period)
