"""The data-quality page: which files are behind the figures, and which rows were kept out of them."""

from __future__ import annotations

from collections.abc import Iterable

from qms_reports.datasets.ingestion import versions
from qms_reports.datasets.reading import Session
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Dataset
from qms_reports.languages import ENGLISH, Language
from qms_reports.record_versions import Commit
from qms_reports.reports.document import DataQuality, QuarantinedRow, SourceQuality
from qms_reports.settings import Settings
from qms_reports.store import kept_session

LISTED = 40
"""Quarantined rows printed; the total is always given, and the store keeps all of them."""


def data_quality(
    settings: Settings, catalogue: Catalogue, datasets: Iterable[str], session: Session, words: Language = ENGLISH
) -> DataQuality:
    """Everything the reader should know about the data of some stored datasets, as known by the session."""
    sources: list[SourceQuality] = []
    rejected: list[QuarantinedRow] = []
    notes: list[str] = []
    total = 0
    for name in sorted(set(datasets)):
        dataset = catalogue.datasets[name]
        commits = session.commits[name]
        for commit in commits:
            source, file, sha256 = commit.sources[0]
            counts = commit.counts
            sources.append(
                SourceQuality(name, source, file, sha256, commit.learned_at[:10], counts["read"], counts["accepted"],
                              counts["quarantined"], counts["duplicate"])
            )  # fmt: skip
            sources += [
                SourceQuality(name, looked_up, other, digest, commit.learned_at[:10], 0, 0, 0, 0)
                for looked_up, other, digest in commit.sources[1:]
            ]
            total += counts["quarantined"]
            seen = (warning for warning in commit.warnings if ": not used:" not in warning)
            notes += [f"{dataset.title}, {file}: {warning.removeprefix(f'{file}: ')}" for warning in seen]
        rejected += _quarantined(settings, dataset, commits)
        coverage = session.coverage[name]
        if coverage.until is None:
            notes.append(words.text("document.nothing_delivered", title=dataset.title))
        else:
            since = words.date(coverage.first) if coverage.first else "\N{EN DASH}"
            until = words.date(coverage.until)
            notes.append(words.text("document.covered", title=dataset.title, since=since, until=until))
    rejected.sort(key=lambda row: (row.dataset, row.file, row.row, row.rule, row.column))
    return DataQuality(tuple(sources), tuple(rejected[:LISTED]), total, tuple(notes))


def _quarantined(settings: Settings, dataset: Dataset, commits: Iterable[Commit]) -> list[QuarantinedRow]:
    sql = versions(settings, dataset).quarantine(commits)
    if not sql:
        return []
    found = (
        kept_session()
        .execute(
            f"SELECT file, row, rule, column_name, value, message FROM ({sql}) "
            f"ORDER BY file, row, rule, column_name, sha256 LIMIT {LISTED}"
        )
        .fetchall()
    )
    return [
        QuarantinedRow(dataset.dataset, file, row, rule, column or "", value or "", message)
        for file, row, rule, column, value, message in found
    ]
