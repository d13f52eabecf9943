"""What must hold for the figures of any records: on random deliveries, through landing, ingestion and evaluation."""

# ruff: noqa: E501 - declarations, one KPI a line

from __future__ import annotations

import csv
import datetime as dt
import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from qms_reports.datasets.ingestion import ingest
from qms_reports.datasets.reading import session
from qms_reports.declarations.catalogue import load_catalogue
from qms_reports.kpis.aggregations import NOT_STATED
from qms_reports.kpis.evaluation import evaluate_now
from qms_reports.kpis.table import TOTAL, KpiRow, write_table
from qms_reports.periods import Period, parse_period
from qms_reports.settings import Settings
from qms_reports.sources.landing import Landing
from qms_reports.statistics.intervals import round_significant

DATASETS = {
    "events": """
        columns:
          id: {}
          site: {}
          department: {rename: {Quality Control: QC Laboratory}}
          opened: {type: date}
          due: {type: date}
          original_due: {type: date}
          first_closed: {type: date}
          reopened: {type: date}
          closed: {type: date}
          voided: {type: date}
          points: {type: number, scale: 2}
          recorded_at: {type: timestamp}
        key: [id]
        period_date: opened
        known_from: recorded_at
        roles: {opened: opened, closed: closed, due: due, original_due: original_due, first_closed: first_closed, reopened: reopened, voided: voided}
        dimensions: {site: Site, department: Department}
    """,
    "shipments": """
        columns: {id: {}, site: {}, shipped: {type: date}, units: {type: integer}, recorded_at: {type: timestamp}}
        key: [id]
        period_date: shipped
        known_from: recorded_at
        dimensions: {site: Site}
    """,
}
KPIS = """
kpis:
  - {kpi: open, title: Open, dataset: events, kind: level, date: as_of, numerator: count_if(is_open_at_end), formula: F}
  - {kpi: open_filtered, title: Open, dataset: events, kind: level, date: as_of, filter: is_open_at_end, numerator: count(*), formula: F}
  - {kpi: opened, title: Opened, dataset: events, kind: count, date: opened, numerator: count(*), formula: F}
  - {kpi: opened_rolling, title: Opened in three, dataset: events, kind: count, date: opened, numerator: count(*), rolling: 3, formula: F}
  - {kpi: closed_first, title: First closures of reopened ones, dataset: events, kind: count, date: first_closed, filter: reopened is not null, numerator: count(*), formula: F}
  - {kpi: closed_last, title: Last closures, dataset: events, kind: count, date: closed, numerator: count(*), formula: F}
  - {kpi: reopened, title: Reopened, dataset: events, kind: count, date: reopened, numerator: count(*), formula: F}
  - kpi: voided
    title: Open ones that were voided
    dataset: events
    kind: count
    date: voided
    filter: >
      opened < period_start and (closed is null or closed >= period_start)
      and (reopened is null or reopened < period_start or first_closed >= period_start)
    numerator: count(*)
    formula: F
  - {kpi: overdue, title: Overdue, dataset: events, kind: level, date: as_of, due_basis: current, numerator: count_if(is_overdue_at_end), formula: F}
  - {kpi: overdue_originally, title: Overdue, dataset: events, kind: level, date: as_of, due_basis: original, numerator: count_if(is_overdue_at_end), formula: F}
  - {kpi: overdue_share, title: Overdue share, dataset: events, kind: proportion, date: as_of, filter: is_open_at_end, numerator: count_if(is_overdue_at_end), denominator: count(*), per: 100, direction: down, target: 5, min_denominator: 1, formula: F}
  - {kpi: in_time, title: In time, dataset: events, kind: proportion, date: closed, filter: due is not null, numerator: count_if(closed <= due), denominator: count(*), per: 100, direction: up, target: 90, warning: 80, min_denominator: 1, formula: F}
  - {kpi: rate, title: Rate, dataset: events, kind: rate, date: opened, numerator: count(*), exposure: {dataset: shipments, date: shipped, sql: sum(units)}, per: 1000, direction: down, target: 1, formula: F}
  - {kpi: points_each, title: Points, dataset: events, kind: ratio, date: opened, numerator: sum(points), denominator: count(points), formula: F}
  - {kpi: points_median, title: Points, dataset: events, kind: statistic, date: opened, numerator: median(points), formula: F}
  - {kpi: days_open, title: Days, dataset: events, kind: statistic, date: opened, method: {name: kaplan_meier_median, values: "date_diff('day', opened, coalesce(closed, period_end))", event: closed is not null}, formula: F}
"""
COUNTED = ("opened", "closed_first", "closed_last", "reopened", "voided", "open", "overdue", "overdue_originally")
SHARES = ("overdue_share", "in_time")
RATIOS = (*SHARES, "rate", "points_each")

AUGUST = parse_period("2024-08")
FIRST_DAY = dt.date(2023, 12, 15)
RECEIVED = "2024-10-15"

SITES = ("HAM", "OSA", "N/A")
DEPARTMENTS = ("Production", "Quality Control", "QC Laboratory", "")


# --- records


@dataclass(frozen=True)
class Event:
    """One record as it stands: days or None."""

    opened: dt.date
    due: dt.date | None = None
    original_due: dt.date | None = None
    first_closed: dt.date | None = None
    reopened: dt.date | None = None
    closed: dt.date | None = None
    voided: dt.date | None = None
    site: str = "HAM"
    department: str = "Production"
    points: str = ""

    def is_valid(self, end: dt.date) -> bool:
        """Whether it still counted on the day before."""
        return self.voided is None or self.voided >= end

    def is_open(self, end: dt.date) -> bool:
        """Whether it stood open when a day began, told from its stretches of being open."""
        stretches = [(self.opened, self.closed)]
        if self.reopened:
            stretches = [(self.opened, self.first_closed), (self.reopened, self.closed)]
        return self.is_valid(end) and any(begun < end and (over is None or over >= end) for begun, over in stretches)


ANCHOR = Event(dt.date(2023, 6, 1), closed=dt.date(2023, 6, 1), first_closed=dt.date(2023, 6, 1))
"""Before all windows, so that these are covered by the data."""


@st.composite
def events(draw: st.DrawFn) -> Event:
    """A record of any history with at most one reopening; several things may happen on one day."""
    gap = st.integers(0, 90)
    opened = FIRST_DAY + dt.timedelta(draw(st.integers(0, 250)))
    steps = draw(st.lists(gap, max_size=3))
    first, reopened, last = [*itertools.accumulate(map(dt.timedelta, steps), initial=opened)][1:] + [None] * (
        3 - len(steps)
    )
    closed = first if reopened is None else last
    due = draw(st.none() | gap)
    return Event(
        opened,
        None if due is None else opened + dt.timedelta(due),
        None if due is None else opened + dt.timedelta(due // 2),
        first,
        reopened,
        closed,
        draw(st.none() | st.none() | gap.map(lambda days: opened + dt.timedelta(days))),
        draw(st.sampled_from(SITES)),
        draw(st.sampled_from(DEPARTMENTS)),
        draw(st.sampled_from(("", "1.25", "2.10", "7.33", "0.07"))),
    )


many_events = st.lists(events(), min_size=40, max_size=70, unique=True)
shipments = st.lists(
    st.tuples(st.integers(0, 250), st.sampled_from([*SITES, "PHL"]), st.integers(0, 500)), min_size=5, max_size=12
)
few = settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate,),  # every example goes through the chain: shrinking would take minutes
)


# --- the chain


Row = Mapping[str, object]
Figures = Mapping[tuple[str, str, str, str], KpiRow]
"""KPI, period, dimension and member to the figure."""


def event_rows(records: Sequence[Event], recorded_at: str = "2024-10-01T00:00:00Z", prefix: str = "E") -> list[Row]:
    """Rows of a file, the record before all windows included."""
    names = [field.name for field in fields(Event)]
    return [
        {"id": f"{prefix}{number}", **{name: getattr(record, name) for name in names}, "recorded_at": recorded_at}
        for number, record in enumerate((ANCHOR, *records))
    ]


def shipment_rows(found: Sequence[tuple[int, str, int]], prefix: str = "S") -> list[Row]:
    """Rows of a file, one before all windows included."""
    days = [(FIRST_DAY + dt.timedelta(day), site, units) for day, site, units in found]
    return [
        {"id": f"{prefix}{number}", "site": site, "shipped": day, "units": units, "recorded_at": "2024-01-01T00:00:00Z"}
        for number, (day, site, units) in enumerate([(ANCHOR.opened, "HAM", 1), *days])
    ]


@pytest.fixture(scope="module")
def catalog(tmp_path_factory):
    folder = tmp_path_factory.mktemp("invariants")
    for sub in ("sources", "datasets", "kpis"):
        (folder / sub).mkdir()
    for name, body in DATASETS.items():
        text = "\n".join(line[8:] for line in body.splitlines())
        (folder / f"sources/{name}.yaml").write_text(f"source: {name}\ntitle: {name}\ninbox: ['{name}*']\n")
        (folder / f"datasets/{name}.yaml").write_text(f"dataset: {name}\ntitle: {name}\nsource: {name}\n{text}\n")
    (folder / "kpis/all.yaml").write_text(KPIS)
    assert load_catalogue(Settings(catalog=str(folder), shipped_catalog=False)).issues == ()
    return folder


class Installation:
    """An empty installation with the catalogue above."""

    def __init__(self, catalog: Path, folder: Path) -> None:
        self.folder = folder
        self.settings = Settings(home=folder / "home", catalog=str(catalog), shipped_catalog=False)
        self.catalogue = load_catalogue(self.settings)
        self._files = 0

    def deliver(self, source: str, rows: Sequence[Row], received: str = RECEIVED) -> None:
        """Receive a file and take it in."""
        self._files += 1
        file = self.folder / f"{source}_{self._files}.csv"
        with file.open("w", newline="") as text:
            writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        moment = dt.datetime.fromisoformat(received).replace(tzinfo=dt.UTC)
        Landing(self.settings.home, source).receive(file, moment, "inbox")
        for taken in ingest(self.settings, self.catalogue.datasets[source], self.catalogue.sources):
            assert taken.counts.get("quarantined", 0) == 0

    def rows(self, period: Period = AUGUST, as_known: str | None = None) -> tuple[KpiRow, ...]:
        """All KPIs of a period."""
        moment = dt.datetime.fromisoformat(as_known).replace(tzinfo=dt.UTC) if as_known else None
        return evaluate_now(self.settings, self.catalogue, self.catalogue.kpis, period, moment)

    def figures(self, period: Period = AUGUST) -> Figures:
        """The same by KPI, period, dimension and member."""
        return {(row.kpi, row.period, row.dimension, row.member): row for row in self.rows(period) if row.ago >= 0}

    def table(self, as_known: str | None = None) -> bytes:
        """The stored table of all KPIs."""
        path = self.folder / "table.parquet"
        write_table(path, self.rows(as_known=as_known))
        return path.read_bytes()

    def known(self, as_known: str) -> int:
        """The number of records known at an instant."""
        moment = dt.datetime.fromisoformat(as_known).replace(tzinfo=dt.UTC)
        with session(self.settings, self.catalogue, ["events"], moment) as opened:
            return int(opened.cursor().execute("SELECT count(*) FROM events").fetchall()[0][0])


@contextmanager
def installed(
    catalog: Path, records: Sequence[Event] = (), shipped: Sequence[tuple[int, str, int]] = ()
) -> Iterator[Installation]:
    """An installation with these records taken in."""
    with TemporaryDirectory() as folder:
        made = Installation(catalog, Path(folder))
        if records:
            made.deliver("events", event_rows(records))
        made.deliver("shipments", shipment_rows(shipped))
        yield made


def total(found: Figures, kpi: str, period: Period) -> KpiRow:
    return found[(kpi, period.key, TOTAL, TOTAL)]


def value(found: Figures, kpi: str, period: Period) -> float:
    """A count, which always has a value."""
    counted = total(found, kpi, period).value
    assert counted is not None
    return counted


@dataclass(frozen=True)
class World:
    """Records and all figures of them: of the months to August, and of the quarters to the second."""

    records: tuple[Event, ...]
    shipped: tuple[tuple[int, str, int], ...]
    months: Figures
    quarters: Figures


@pytest.fixture(scope="module")
def worlds(catalog) -> list[World]:
    """A few worlds, each evaluated once."""
    found: list[World] = []

    @settings(few, max_examples=4)
    @given(many_events, shipments)
    def evaluated(records, shipped):
        with installed(catalog, records, shipped) as made:
            found.append(World(tuple(records), tuple(shipped), made.figures(), made.figures(parse_period("2024-Q2"))))

    evaluated()
    return found


# --- counts


def test_what_is_open_was_open_before_or_came_or_came_back_and_neither_closed_nor_was_voided(worlds):
    """open(end) = open(start) + opened + reopened - closed - voided, of every month and of every part."""
    for world in worlds:
        members = {key[2:] for key in world.months}
        for (before, period), part in itertools.product(itertools.pairwise(AUGUST.series(13)), members):
            found = {
                (name, key): getattr(world.months.get((name, key, *part)), "value", None) or 0
                for name in COUNTED
                for key in (before.key, period.key)
            }
            came = found["opened", period.key] + found["reopened", period.key]
            went = sum(found[name, period.key] for name in ("closed_first", "closed_last", "voided"))
            assert found["open", period.key] == found["open", before.key] + came - went
    assert {name: any(row.value for w in worlds for key, row in w.months.items() if key[0] == name) for name in COUNTED} == dict.fromkeys(COUNTED, True)  # fmt: skip


def test_what_is_open_and_overdue_is_what_the_history_of_each_record_says(worlds):
    for world, period in itertools.product(worlds, AUGUST.series(13)):
        found = world.months
        is_open = [record for record in world.records if record.is_open(period.end)]
        assert value(found, "open", period) == value(found, "open_filtered", period) == len(is_open)
        for name, role in (("overdue", "due"), ("overdue_originally", "original_due")):
            late = [r for r in is_open if getattr(r, role) and getattr(r, role) < period.last_day]
            assert value(found, name, period) == len(late)
        if is_open:
            assert total(found, "overdue_share", period).denominator == len(is_open)


def test_months_make_up_quarters_and_rolling_windows_but_for_what_was_voided_in_between(worlds):
    differing = 0
    for world, quarter in itertools.product(worlds, parse_period("2024-Q2").series(3)):
        parts = [period for period in AUGUST.series(13) if quarter.contains(period.start)]
        assert len(parts) == 3
        voided_since = sum(
            part.contains(record.opened) and record.is_valid(part.end) and not record.is_valid(quarter.end)
            for part in parts
            for record in world.records
        )
        differing += voided_since
        counted = sum(value(world.months, "opened", part) for part in parts)
        assert value(world.quarters, "opened", quarter) == counted - voided_since
        assert value(world.months, "opened_rolling", parts[-1]) == value(world.quarters, "opened", quarter)
    assert differing  # else nothing was said about voided records


def test_parts_add_up_to_the_whole_over_every_dimension_the_not_stated_ones_included(worlds):
    """Numerators, denominators and records; of a rate the exposure of its members."""
    for world in worlds:
        parts: dict[tuple[str, str, str], list[KpiRow]] = {}
        for key, row in world.months.items():
            parts.setdefault(key[:3], []).append(row)
        for name, period, dimension in itertools.product(
            (*COUNTED, *RATIOS), AUGUST.series(13), ("site", "department")
        ):
            if (name, dimension) == ("rate", "department"):
                continue  # shipments have none
            whole, found = total(world.months, name, period), parts.get((name, period.key, dimension), [])
            assert sum(row.records for row in found) == whole.records
            for side in ("numerator", "denominator"):
                assert round_significant(sum(getattr(row, side) or 0 for row in found)) == (getattr(whole, side) or 0)
    broken_down = {key[2:] for world in worlds for key in world.months if key[0] == "rate"}
    assert ("site", NOT_STATED) in broken_down
    assert not any(dimension == "department" for dimension, _ in broken_down)


def test_a_renamed_department_is_one_member(catalog, worlds):
    world = worlds[0]
    always = [replace(r, department=r.department.replace("Quality Control", "QC Laboratory")) for r in world.records]
    with installed(catalog, always, world.shipped) as made:
        assert made.figures() == world.months
    members = {key[3] for world in worlds for key in world.months if key[2] == "department"}
    assert members == {"Production", "QC Laboratory", NOT_STATED}


# --- shares and rates


def test_a_share_is_part_of_a_whole_and_inside_its_interval_and_of_nothing_there_is_none(worlds):
    for world in worlds:
        shares = {key: row for key, row in world.months.items() if key[0] in RATIOS}
        for (name, *_), row in shares.items():
            if not row.denominator:
                assert (row.value, row.lower, row.upper, row.status) == (None, None, None, "none")
                continue
            if name in SHARES:
                assert 0 <= row.numerator <= row.denominator == row.records
                assert 0 <= row.lower <= row.value <= row.upper <= 100
            if name == "rate":
                assert 0 <= row.lower <= row.value <= row.upper
        assert any(row.denominator for row in shares.values())


def test_a_month_of_no_records_has_shares_without_value_or_status_and_counts_of_zero(catalog):
    with installed(catalog, [Event(dt.date(2024, 1, 10), closed=dt.date(2024, 1, 20))], [(0, "HAM", 5)]) as made:
        found = made.figures()
        for period in AUGUST.series(6):
            for name in RATIOS:
                row = total(found, name, period)
                assert (row.value, row.lower, row.upper, row.status) == (None, None, None, "none")
            for name in COUNTED:
                assert (value(found, name, period), total(found, name, period).state) == (0, "ok")


def test_rates_do_not_depend_on_how_much_there_is(catalog, worlds):
    """Three times as many events, units and deviations: the same rates and medians, known more precisely."""
    world = worlds[0]
    with TemporaryDirectory() as folder:
        made = Installation(catalog, Path(folder))
        made.deliver("events", [row for n in range(3) for row in event_rows(world.records, prefix=f"E{n}-")])
        made.deliver("shipments", [row for n in range(3) for row in shipment_rows(world.shipped, prefix=f"S{n}-")])
        many = made.figures()
    assert many.keys() == world.months.keys()
    for key, row in world.months.items():
        if key[0] in (*RATIOS, "points_median", "days_open"):
            assert many[key].value == row.value
        if key[0] in COUNTED and row.value is not None:
            assert many[key].value == row.value * 3
        if key[0] in (*SHARES, "rate") and row.value is not None:
            assert many[key].upper - many[key].lower < row.upper - row.lower


# --- deliveries


def version_rows(histories: Sequence[Sequence[Event]], month: int) -> list[Row]:
    """Rows of several versions of each record, no two recorded at once."""
    return [
        {
            **row,
            "recorded_at": f"2024-{month:02}-{1 + number:02}T{place // 60:02}:{place % 60:02}:00Z",
            "id": f"E{place}",
        }
        for place, versions in enumerate(histories)
        for number, row in enumerate(event_rows(versions)[1:])
    ]


histories = st.lists(st.lists(events(), min_size=1, max_size=3), min_size=20, max_size=30, unique_by=tuple)


@few
@given(histories, shipments, st.randoms())
def test_the_order_of_rows_and_files_changes_no_byte(catalog, found, shipped, shuffled: random.Random):
    """Of the rows of one file whatever they say; of files that tell of different records."""
    rows = version_rows([[ANCHOR], *found], 9)
    files = [[row for row in rows if int(str(row["id"])[1:]) % 3 == number] for number in range(3)]
    with installed(catalog, shipped=shipped) as made:
        for file in files:
            made.deliver("events", file)
        table = made.table()
    with installed(catalog, shipped=shipped[::-1]) as made:
        for file in (files[2], files[0], files[1]):
            made.deliver("events", shuffled.sample(file, len(file)))
        assert made.table() == table
    with installed(catalog, shipped=shipped) as made:
        made.deliver("events", shuffled.sample(rows, len(rows)))
        assert made.table() == table


@few
@given(histories, histories)
def test_what_becomes_known_later_changes_nothing_that_was_known_before(catalog, found, later):
    first = version_rows([[ANCHOR], *found], 8)
    second = version_rows([[ANCHOR], *later], 9)
    with installed(catalog) as made:
        made.deliver("events", first, "2024-10-15")
        known = made.table("2024-08-31T23:00")
        assert known == made.table()
        made.deliver("events", second, "2024-10-16")
        after = made.table()
        assert made.table("2024-08-31T23:00") == known
        moments = ["2024-07-31", "2024-08-01T12:00", "2024-08-31", "2024-09-01T12:00", "2024-09-30"]
        counts = [made.known(moment) for moment in moments]
        assert counts == sorted(counts)
        assert (counts[0], counts[-1]) == (0, 1 + max(len(found), len(later)))
        made.deliver("events", event_rows([Event(AUGUST.start)], "2024-09-30T00:00:00Z", "new"), "2024-10-17")
        assert made.table() != after
        assert made.table("2024-08-31T23:00") == known
    # What is known now is the last version of every record, whatever came before it.
    last = list({row["id"]: row for row in (*first, *second)}.values())
    with installed(catalog) as made:
        made.deliver("events", last, "2024-10-16")
        assert made.table() == after
