"""What was known at a moment stays what was known at it, whatever is delivered, corrected or withdrawn later."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import hashlib
import io
import shutil

import hypothesis
import pytest
from hypothesis import strategies as st

from qms_reports import building
from qms_reports.datasets import ingestion
from qms_reports.datasets.ingestion import RefusedDelivery, versions
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.editions import Edition
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.table import KpiTable
from qms_reports.periods import parse_period
from qms_reports.pipeline import launching
from qms_reports.reports.publishing import publish
from qms_reports.settings import EXAMPLE_CATALOG, Settings
from qms_reports.sources.landing import Landing
from qms_reports.store import kept_session, timestamp
from qms_reports_tests.small_catalogue import Site, instant

TEMPLATE = "monthly_quality_review"
CUTOFF = dt.datetime(2024, 1, 31, 23, 59, 59, 999999, tzinfo=dt.UTC)
JANUARY = parse_period("2024-01")


# --- the example data, delivered in two parts with corrections


class Recalls:
    """The shipped recalls as rows, cut into what was reported by the end of January 2024 and what came later."""

    def __init__(self) -> None:
        with gzip.open(EXAMPLE_CATALOG / "data/openfda/enforcement_flat.csv.gz", "rt", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            self.header = list(reader.fieldnames or ())
        early = [row for row in rows if row["report_date"] <= "20240131"]
        self.late = [row for row in rows if row["report_date"] > "20240131"]
        self.backdated = [
            row
            for row in early
            if row["product_type"] == "Drugs" and row["recall_initiation_date"].startswith("202312")
        ][:3]
        self.early = [row for row in early if row not in self.backdated]
        january = [
            row
            for row in self.early
            if row["product_type"] == "Drugs" and row["recall_initiation_date"].startswith("202401")
        ]
        self.moved = {**january[0], "recall_initiation_date": "20231215"}
        still_open = [row for row in self.early if not row["termination_date"] and row["product_type"] == "Drugs"]
        self.terminated = [{**row, "termination_date": "20240120", "status": "Terminated"} for row in still_open[:5]]
        self.added = [
            {**january[1], "recall_number": f"D-9{number}-2024", "report_date": "20240130"} for number in range(4)
        ]

    def text(self, rows) -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, self.header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()


@pytest.fixture(scope="module")
def recalls():
    return Recalls()


@pytest.fixture(scope="module")
def restated(example_home, recalls, tmp_path_factory):
    """An installation that reported January 2024 as known then, and received the rest and corrections afterwards."""
    folder = tmp_path_factory.mktemp("restated")
    home = folder / "home"
    shutil.copytree(example_home, home)
    shutil.rmtree(home / "sources" / "openfda_recalls")
    shutil.rmtree(home / "datasets" / "recalls")
    (folder / "catalog" / "sources").mkdir(parents=True)
    declared = (EXAMPLE_CATALOG / "sources/openfda_recalls.yaml").read_text()
    own = "\n".join(line for line in declared.splitlines() if not line.startswith(("file:", "received_at:")))
    (folder / "catalog" / "sources" / "openfda_recalls.yaml").write_text(own)
    settings = Settings(home=home, catalog=str(folder / "catalog"))
    catalogue = load_catalogue(settings)

    def deliver(name, rows, received):
        path = folder / name
        path.write_bytes(recalls.text(rows))
        Landing(home, "openfda_recalls").receive(path, dt.datetime.fromisoformat(received).replace(tzinfo=dt.UTC))
        return building.clean(settings, catalogue, "recalls")

    def through_dagster():
        built = launching.build(settings, TEMPLATE, Edition(JANUARY, CUTOFF))
        return {form: _digest(path) for form, path in built.files.items()}

    def by_the_chain():
        template, edition = catalogue.templates[TEMPLATE], Edition(JANUARY, CUTOFF)
        for domain in building.domains(catalogue, template):
            building.compute(settings, catalogue, domain, edition)
        building.draw(settings, catalogue, template, edition)
        building.seal(settings, catalogue, template, edition)
        report = building.document(settings, catalogue, template, edition)
        return {form: _digest(publish(settings, report, "by-the-chain", form, {}).path) for form in ("pdf", "xlsx")}

    # Received ten days before the cut-off, so that the time the files cover must not grow afterwards either.
    early = deliver("enforcement_early.csv", recalls.early, "2024-01-21T08:00:00")
    before = {"dagster": through_dagster(), "chain": by_the_chain()}
    table_before = _drugs(settings, catalogue, CUTOFF)
    late = deliver(
        "enforcement_late.csv",
        [*recalls.late, *recalls.backdated, recalls.moved, *recalls.terminated, *recalls.added],
        "2025-11-19T00:00:00",
    )
    after = {"dagster": through_dagster(), "chain": by_the_chain()}
    return {
        "settings": settings, "catalogue": catalogue, "deliver": deliver, "early": early, "late": late,
        "before": before, "after": after, "table_before": table_before,
    }  # fmt: skip


def _digest(path):
    content = path.read_bytes()
    return len(content), hashlib.sha256(content).hexdigest()


def _drugs(settings, catalogue, as_known=None, period="2024-01"):
    names = ("recalls_opened", "recalls_closed", "recalls_open")
    table = KpiTable(evaluate_now(settings, catalogue, names, parse_period(period), as_known))
    return {
        (name.removeprefix("recalls_"), ago): table.member(name, "product_type", "Drugs", ago).value
        for name in names
        for ago in (0, 1)
    }


@pytest.mark.parametrize("way", ["dagster", "chain"])
@pytest.mark.parametrize("form", ["pdf", "xlsx"])
def test_a_report_as_known_then_has_the_same_bytes_before_and_after_later_deliveries(restated, way, form):
    assert restated["before"][way][form][0] > 20_000
    assert restated["before"][way][form] == restated["after"][way][form]


def test_dagster_and_the_plain_chain_write_the_same_bytes(restated):
    assert restated["before"]["dagster"] == restated["before"]["chain"]


def test_the_report_as_known_then_counts_16_recalls_and_now_51_and_what_was_added(restated, recalls):
    settings, catalogue = restated["settings"], restated["catalogue"]
    # Received on the 21st, but the rows reported up to the 31st say themselves when they became known.
    then = _drugs(settings, catalogue, CUTOFF)
    assert then == restated["table_before"]
    now = _drugs(settings, catalogue)
    assert now[("opened", 0)] == 51 + len(recalls.added) - 1


def test_a_record_whose_date_is_corrected_leaves_its_old_month_and_enters_the_new_one(restated, recalls):
    settings, catalogue = restated["settings"], restated["catalogue"]
    december = _drugs(settings, catalogue)[("opened", 1)]
    assert december == 39 + 1  # 39 in the delivered data as a whole, the back-dated three among them
    store = versions(settings, catalogue.datasets["recalls"])
    key = f"Drugs\x1f{recalls.moved['recall_number']}"
    rows = _rows(f"SELECT _month, opened_on FROM ({store.as_known()}) WHERE _key = '{key}'")
    assert rows == [("2023-12", dt.date(2023, 12, 15))]
    rows = _rows(f"SELECT _month FROM ({store.as_known(CUTOFF)}) WHERE _key = '{key}'")
    assert rows == [("2024-01",)]
    assert restated["late"][0].counts["moved"] == 1


def test_corrected_termination_dates_count_now_and_not_then(restated, recalls):
    settings, catalogue = restated["settings"], restated["catalogue"]
    then, now = _drugs(settings, catalogue, CUTOFF), _drugs(settings, catalogue)
    assert now[("closed", 0)] - then[("closed", 0)] == len(recalls.terminated)
    assert restated["late"][0].counts["changed"] == len(recalls.terminated) + 1


def test_backdated_rows_delivered_after_the_report_do_not_enter_the_past_that_it_showed(restated, recalls):
    settings, catalogue = restated["settings"], restated["catalogue"]
    then, now = _drugs(settings, catalogue, CUTOFF), _drugs(settings, catalogue)
    assert now[("opened", 1)] > then[("opened", 1)]
    # They are known since they were delivered, not since the date that they claim.
    keys = {f"Drugs\x1f{row['recall_number']}" for row in recalls.backdated}
    store = versions(settings, catalogue.datasets["recalls"])
    known = {
        key: since
        for key, since in _rows(f"SELECT _key, _known_from FROM ({store.as_known(months=('2023-12',))})")
        if key in keys
    }
    assert known == dict.fromkeys(keys, dt.datetime(2025, 11, 19))  # noqa: DTZ001 - stored as zone-less UTC
    assert restated["late"][0].counts["added"] == len([*recalls.late, *recalls.backdated, *recalls.added])


def test_the_same_file_and_the_same_rows_in_another_file_add_no_version(restated, recalls):
    store = versions(restated["settings"], restated["catalogue"].datasets["recalls"])
    version = store.data_version(None)
    (again,) = restated["deliver"]("again.csv", recalls.added, "2025-11-20T00:00:00")
    assert (again.counts["added"], again.counts["unchanged"]) == (0, len(recalls.added))
    shuffled = [*reversed(recalls.late), *recalls.added]
    (again,) = restated["deliver"]("shuffled.csv", shuffled, "2025-11-21T00:00:00")
    assert (again.counts["accepted"], again.counts["unchanged"]) == (len(shuffled), len(shuffled))
    assert again.months == ()
    assert store.data_version(None) == version
    name = restated["settings"].home.parent / "shuffled.csv"
    landing = Landing(restated["settings"].home, "openfda_recalls")
    assert landing.receive(name, dt.datetime.now(dt.UTC))[1] is False
    assert building.clean(restated["settings"], restated["catalogue"], "recalls") == []


# --- withdrawals


def row(number, **values):
    return {"id": f"D{number}", "opened": "2024-01-10", "site": "A", "points": "1", **values}


def test_a_full_file_withdraws_what_it_no_longer_holds_but_not_in_the_past(tmp_path):
    site = Site(tmp_path, delivers="full")
    site.deliver([row(1), row(2), row(3)], "2024-02-01T00:00:00")
    (second,) = site.deliver([row(1), row(3, points="7")], "2024-03-01T00:00:00")
    assert (second.counts["withdrawn"], second.counts["changed"], second.counts["unchanged"]) == (1, 1, 1)
    assert [r[0] for r in site.records()] == ["D1", "D3"]
    assert [r[0] for r in site.records("2024-02-29T23:59:59")] == ["D1", "D2", "D3"]
    site.deliver([row(1), row(2), row(3, points="7")], "2024-04-01T00:00:00")
    assert [r[0] for r in site.records()] == ["D1", "D2", "D3"]
    assert [r[0] for r in site.records("2024-03-15T00:00:00")] == ["D1", "D3"]


def test_a_quarantined_row_in_a_full_file_does_not_withdraw_its_record(tmp_path):
    site = Site(tmp_path, delivers="full")
    site.deliver([row(1), row(2)], "2024-02-01T00:00:00")
    (second,) = site.deliver([row(1), row(2, closed="2023-12-31")], "2024-03-01T00:00:00")
    assert (second.counts["withdrawn"], second.counts["quarantined"]) == (0, 1)
    assert [r[0] for r in site.records()] == ["D1", "D2"]


def test_a_full_file_that_would_withdraw_too_much_is_refused_and_changes_nothing(tmp_path):
    site = Site(tmp_path, delivers="full")
    source = tmp_path / "catalog/sources/deviations_export.yaml"
    source.write_text(source.read_text().replace("full_may_withdraw: 1", "full_may_withdraw: 0.5"))
    site.deliver([row(n) for n in range(10)], "2024-02-01T00:00:00")
    before = site.store.data_version(None)
    with pytest.raises(RefusedDelivery, match="would withdraw 6 of 10 known records"):
        site.deliver([row(n) for n in range(4)], "2024-03-01T00:00:00")
    assert site.store.data_version(None) == before
    assert len(site.records()) == 10


def test_the_withdrawn_condition_withdraws_and_a_later_row_brings_the_record_back(tmp_path):
    site = Site(tmp_path)
    site.deliver([row(1), row(2)], "2024-02-01T00:00:00")
    (second,) = site.deliver([row(2, state="cancelled"), row(9, state="cancelled")], "2024-03-01T00:00:00")
    assert second.counts["withdrawn"] == 1  # what was never known cannot be withdrawn
    assert [r[0] for r in site.records()] == ["D1"]
    (third,) = site.deliver([row(2)], "2024-04-01T00:00:00")
    assert third.counts["added"] == 1
    assert [r[0] for r in site.records()] == ["D1", "D2"]
    assert [r[0] for r in site.records("2024-03-20T00:00:00")] == ["D1"]


def test_a_withdrawn_record_comes_back_although_its_row_claims_to_be_known_since_before_the_withdrawal(tmp_path):
    site = Site(tmp_path, delivers="full", audit=True)
    known = {"changed_at": "2024-01-15T00:00:00Z"}
    site.deliver([row(1, **known), row(2, **known)], "2024-02-01T00:00:00")
    site.deliver([row(1, **known)], "2024-03-01T00:00:00")
    site.deliver([row(2, **known), row(1, **known)], "2024-04-01T00:00:00")
    assert [r[0] for r in site.records()] == ["D1", "D2"]
    assert [r[0] for r in site.records("2024-03-15T00:00:00")] == ["D1"]


# --- histories told within one file


HISTORY = [
    row(1, points="1", changed_at="2024-01-11T00:00:00Z"),
    row(1, points="2", changed_at="2024-01-12T00:00:00Z"),
    row(1, points="3", changed_at="2024-01-13T00:00:00Z", opened="2024-02-05"),
]


def test_a_file_that_tells_a_records_history_is_read_as_that_history(tmp_path):
    site = Site(tmp_path, audit=True)
    site.deliver(list(reversed(HISTORY)), "2024-02-01T00:00:00")
    days = ("2024-01-10", "2024-01-11", "2024-01-12", "2024-01-13")
    assert [[int(r[4]) for r in site.records(f"{day}T12:00:00")] for day in days] == [[], [1], [2], [3]]
    assert [r[1] for r in site.records()] == [dt.date(2024, 2, 5)]


def test_a_history_told_after_a_report_was_issued_ends_with_its_last_row(tmp_path):
    site = Site(tmp_path, audit=True)
    site.deliver([row(2, changed_at="2024-01-12T12:00:00Z")], "2024-01-12T12:00:00")
    site.store.seal(instant("2024-01-12T12:00:00"))
    site.deliver(HISTORY, "2024-02-01T00:00:00")
    assert [r[0] for r in site.records("2024-01-12T12:00:00")] == ["D2"]
    assert [int(r[4]) for r in site.records()] == [3, 1]


def test_the_same_history_in_another_file_adds_no_version(tmp_path):
    site = Site(tmp_path, audit=True)
    site.deliver(HISTORY, "2024-02-01T00:00:00")
    version = site.store.data_version(None)
    (again,) = site.deliver([*reversed(HISTORY), row(2, changed_at="2024-01-11T00:00:00Z")], "2024-03-01T00:00:00")
    assert (again.counts["added"], again.counts["changed"]) == (1, 0)
    assert [int(r[4]) for r in site.records()] == [3, 1]
    assert site.store.data_version(None) != version
    assert [int(r[4]) for r in site.records("2024-01-12T12:00:00")] == [2, 1]


# --- random histories against a model


ROWS = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["D1", "D2", "D3", "D4"]),
        "opened": st.sampled_from(["2024-01-05", "2024-02-05", "2024-03-05"]),
        "points": st.sampled_from(["1", "2", "3"]),
        "state": st.sampled_from(["", "", "", "cancelled"]),
        "changed_at": st.sampled_from([f"2024-0{month}-15T00:00:00Z" for month in range(1, 7)]),
    }
)


@st.composite
def deliveries(draw):
    """Files in the order in which they come: rows (one per record), and whether a report is issued after each.

    No two files are the same: a file of known bytes is not received again.
    """
    rows = st.lists(ROWS, max_size=4, unique_by=lambda r: r["id"])
    files = draw(st.lists(rows, min_size=1, max_size=5, unique_by=lambda file: str([sorted(r.items()) for r in file])))
    sealed = draw(st.lists(st.booleans(), min_size=len(files), max_size=len(files)))
    return list(zip(files, sealed, strict=True))


class Model:
    """Record versions in plain Python, from the documentation alone."""

    def __init__(self, *, audit: bool, full: bool) -> None:
        self.audit, self.full = audit, full
        self.history: dict[str, list[tuple[dt.datetime, tuple | None]]] = {}
        self.sealed: dt.datetime | None = None

    def deliver(self, rows, learned):
        for r in rows:
            content = (r["opened"], r["points"], r["changed_at"] if self.audit else "")
            said = None if r["state"] == "cancelled" else content
            versions_ = self.history.setdefault(r["id"], [])
            last = versions_[-1] if versions_ else None
            if (last[1] if last else None) == said:
                continue
            claimed = dt.datetime.fromisoformat(r["changed_at"])
            trusted = self.audit and claimed <= learned and (self.sealed is None or claimed > self.sealed)
            if trusted and (last is None or claimed > last[0]):
                known = claimed
            else:
                known = max(learned, last[0] + dt.timedelta(microseconds=1)) if last else learned
            versions_.append((known, said))
        if self.full:
            held = {r["id"] for r in rows}
            for key, versions_ in self.history.items():
                if key not in held and versions_ and versions_[-1][1] is not None:
                    versions_.append((max(learned, versions_[-1][0] + dt.timedelta(microseconds=1)), None))

    def at(self, moment):
        found = []
        for key in sorted(self.history):
            known = [version for version in self.history[key] if version[0] <= moment]
            if known and known[-1][1] is not None:
                found.append((key, *known[-1][1][:2]))
        return found


@pytest.mark.parametrize("full", [False, True], ids=["changes", "full"])
@pytest.mark.parametrize("audit", [False, True], ids=["file time", "audit time"])
def test_any_history_of_deliveries_gives_what_a_plain_model_says_and_keeps_every_sealed_past(
    audit, full, tmp_path_factory
):
    @hypothesis.settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(hypothesis.Phase.generate,),  # shrinking would take minutes
    )
    @hypothesis.given(deliveries())
    def check(files):
        site = Site(tmp_path_factory.mktemp("site"), audit=audit, delivers="full" if full else "changes")
        model = Model(audit=audit, full=full)
        promised = {}
        for number, (rows, report) in enumerate(files):
            received = f"2024-{number + 2:02d}-20T00:00:00"
            site.deliver(rows, received)
            model.deliver(rows, instant(received))
            assert _compact(site.records()) == model.at(instant("2030-01-01T00:00:00"))
            if report:
                site.store.seal(instant(received))
                model.sealed = instant(received)
                promised[received] = site.records(received)
                promised[f"2024-{number + 2:02d}-10T00:00:00"] = site.records(f"2024-{number + 2:02d}-10T00:00:00")
        moments = [f"2024-{month:02d}-20T00:00:00" for month in range(1, 9)]
        for moment, records in promised.items():
            assert site.records(moment) == records
        for moment in moments:
            sql = site.store.as_known(instant(moment))
            found = _rows(f"SELECT id, opened, NULL, NULL, points FROM ({sql}) ORDER BY id") if sql else []
            assert _compact(found) == model.at(instant(moment))
        whole = site.records()
        for month in ("2024-01", "2024-02", "2024-03"):  # a month read alone is the month of the whole
            sql = site.store.as_known(months=(month,))
            alone = _rows(f"SELECT id FROM ({sql}) ORDER BY id") if sql else []
            assert alone == [r[:1] for r in whole if r[1].isoformat().startswith(month)]

    check()


def _compact(records):
    return [(key, opened.isoformat(), str(int(points))) for key, opened, _, _, points in records]


def _rows(sql):
    return kept_session().execute(sql).fetchall()


def test_a_month_of_one_commit_is_read_without_comparing_versions_and_of_several_with(tmp_path, monkeypatch):
    monkeypatch.setattr(ingestion, "SMALL_DATASET_BYTES", 0)  # a small one is read from one file
    site = Site(tmp_path)
    site.deliver([row(1), row(2, opened="2024-02-03")], "2024-03-01T00:00:00")
    assert "row_number" not in site.store.as_known()
    site.deliver([row(1, points="5")], "2024-04-01T00:00:00")
    sql = site.store.as_known()
    assert sql.count("row_number") == 1
    assert "row_number" not in site.store.as_known(months=("2024-02",))
    assert [(r[0], int(r[4])) for r in site.records()] == [("D1", 5), ("D2", 1)]
    assert timestamp(instant("2024-03-15T00:00:00")) in site.store.as_known(instant("2024-03-15T00:00:00"))
    assert [(r[0], int(r[4])) for r in site.records("2024-03-15T00:00:00")] == [("D1", 1), ("D2", 1)]


def test_what_is_known_does_not_depend_on_how_the_rows_were_cut_into_files(tmp_path):
    rows = [row(n, opened=f"2024-0{n % 3 + 1}-05", points=str(n)) for n in range(1, 13)]
    together, apart = Site(tmp_path / "together"), Site(tmp_path / "apart")
    together.deliver(rows, "2024-05-01T00:00:00")
    for number in range(4):
        apart.receive(rows[number::4], "2024-05-01T00:00:00")
    apart.take_in()
    assert apart.records() == together.records()
    assert apart.store.data_version(None) == together.store.data_version(None)
    months = ("2024-01", "2024-02", "2024-03")
    assert [apart.store.month_version(m) for m in months] == [together.store.month_version(m) for m in months]
