"""Frozen limits are records: who, when, over which points, why; they judge from their period on."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from qms_reports.datasets.reading import session
from qms_reports.declarations.kpi_models import RestrictedKpi
from qms_reports.kpis.baselines import Baselines, FrozenBaseline, baseline_in_force, read_baselines, with_baselines
from qms_reports.kpis.control_charting import NoControlChart, kpi_control_chart
from qms_reports.kpis.freezing import NotFrozen, keep, propose, withdrawn
from qms_reports.kpis.long_series import long_series
from qms_reports.kpis.table import TOTAL, KpiRow
from qms_reports.periods import parse_period
from qms_reports.settings import STANDARD_CATALOG
from qms_reports.statistics.baselines import Baseline
from qms_reports.statistics.control_charts import control_chart
from qms_reports_tests.small_catalogue import Site

FIRST, LAST = parse_period("2022-01"), parse_period("2023-12")
SHIFTED = "2024-05"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Thirty months of deviations, about twenty a month in the north and five in the south, forty in the last one."""
    site = Site(tmp_path_factory.mktemp("baselines"))
    for kind in ("sources", "datasets"):
        shutil.copy(STANDARD_CATALOG / kind / "baselines.yaml", site.folder / "catalog" / kind)
    rows: list[Mapping[str, object]] = []
    chance = random.Random(5)  # noqa: S311 - data that are the same on every run
    month = FIRST
    while month.key <= "2024-06":
        for place, mean in (("North", 40 if month.key == SHIFTED else 20), ("South", 5)):
            for _ in range(sum(chance.random() < mean / 200 for _ in range(200))):
                day = month.start + dt.timedelta(days=chance.randrange(28))
                points = chance.randrange(10)
                rows.append({"id": len(rows), "opened": day, "site": place, "points": points})
        month = month.next()
    site.deliver(rows, "2024-07-02T08:00:00")
    return site


def figures(site: Site, kpi: str, *place: str) -> tuple[KpiRow, ...]:
    with session(site.settings, site.catalogue, ["deviations"]) as opened:
        return long_series(
            site.settings, site.catalogue, site.catalogue.kpis[kpi], FIRST, LAST, opened, *(place or (TOTAL, TOTAL))
        )


def freeze(site: Site, kpi: str, at: str, effective: str = "2024-01", **options: object) -> FrozenBaseline:
    now = dt.datetime.fromisoformat(at).replace(tzinfo=dt.UTC)
    said = {"excluded": {}, "frozen_by": "A. Weber", "reason": "stable since the new line"} | options
    rows = figures(site, kpi, *said.pop("place", ()))
    made = propose(
        site.catalogue.kpis[kpi], rows, frequency="month", effective_from=parse_period(effective), now=now, **said
    )
    keep(site.settings, site.catalogue, made.baseline, now)
    return made.baseline


def known(site: Site, as_known: str | None = None) -> Baselines:
    moment = dt.datetime.fromisoformat(as_known).replace(tzinfo=dt.UTC) if as_known else None
    with session(site.settings, site.catalogue, with_baselines(site.catalogue, ()), moment) as opened:
        return read_baselines(opened)


def test_a_freeze_is_a_record_that_gives_back_exactly_what_was_frozen(site: Site) -> None:
    made = freeze(site, "high_share", "2024-07-03T10:00:00", excluded={"2022-03": "flood"})
    found = next(one for one in known(site).records if one.baseline_id == made.baseline_id)
    assert found == made
    assert (found.points, found.excluded, found.frozen_by) == (23, {"2022-03": "flood"}, "A. Weber")
    rows = figures(site, "high_share")
    expected = control_chart(
        "p_prime", [row.numerator for row in rows], [row.denominator for row in rows], exclude=[2]
    ).baseline
    assert found.limits.center == pytest.approx(expected.center, rel=1e-11)
    assert found.limits.sigma_z == pytest.approx(expected.sigma_z, rel=1e-11)


def test_it_is_delivered_as_a_file_like_any_other_record(site: Site) -> None:
    made = freeze(site, "opened", "2024-07-03T10:30:00")
    store = site.settings.home / "sources" / "baselines" / "files"
    (file,) = [path for path in store.rglob("baselines_opened_*.jsonl") if made.baseline_id in path.read_text()]
    assert len(file.read_text().splitlines()) == 1


def test_a_report_as_known_before_the_freeze_does_not_see_it(site: Site) -> None:
    made = freeze(site, "points_mean", "2024-07-05T10:00:00")
    kpi = site.catalogue.kpis["points_mean"]
    period = parse_period("2024-06")

    def seen(as_known: str | None) -> FrozenBaseline | None:
        moment = dt.datetime.fromisoformat(as_known).replace(tzinfo=dt.UTC) if as_known else None
        names = with_baselines(site.catalogue, ["deviations"])
        with session(site.settings, site.catalogue, names, moment) as opened:
            return baseline_in_force(opened, kpi, "month", TOTAL, TOTAL, period)

    assert seen("2024-07-05T09:59:59") is None
    assert seen("2024-07-05T10:00:00") == made
    assert seen(None) == made


def test_a_later_freeze_takes_over_from_its_period_on_and_the_older_stays_in_force_before(site: Site) -> None:
    kpi = site.catalogue.kpis["points"]
    old = freeze(site, "points", "2024-07-06T10:00:00", "2024-01")
    new = freeze(site, "points", "2024-07-07T10:00:00", "2024-04", reason="new supplier")
    baselines = known(site)

    def judging(month: str) -> FrozenBaseline | None:
        return baselines.in_force(kpi, "month", TOTAL, TOTAL, parse_period(month))

    assert judging("2023-12") is None
    assert judging("2024-01") == judging("2024-03") == old
    assert judging("2024-04") == judging("2024-06") == new
    assert baselines.in_force(kpi, "quarter", TOTAL, TOTAL, parse_period("2024-Q2")) is None
    assert baselines.in_force(kpi.model_copy(update={"version": 2}), "month", TOTAL, TOTAL, LAST.next(3)) is None


def test_a_withdrawn_baseline_is_not_used_but_stays_on_record(site: Site) -> None:
    kpi = site.catalogue.kpis["points_median"]
    made = freeze(site, "points_median", "2024-07-08T10:00:00")
    now = dt.datetime(2024, 7, 9, 10, tzinfo=dt.UTC)
    gone = withdrawn(made, "B. Roth", "the gauge was wrong", now.date())
    keep(site.settings, site.catalogue, gone, now)
    assert known(site).in_force(kpi, "month", TOTAL, TOTAL, parse_period("2024-06")) is None
    assert gone in known(site).records
    assert known(site, "2024-07-09T09:00:00").in_force(kpi, "month", TOTAL, TOTAL, parse_period("2024-06")) == made
    with pytest.raises(NotFrozen, match="was withdrawn on 2024-07-09 by B"):
        withdrawn(gone, "C", "again", now.date())


def test_limits_of_a_member_are_its_own_and_its_empty_months_count_as_zero(site: Site) -> None:
    made = freeze(site, "opened", "2024-07-10T10:00:00", place=("site", "South"))
    assert 2 < made.limits.center < 8
    assert (made.dimension, made.member, made.points) == ("site", "South", 24)
    with (
        session(site.settings, site.catalogue, ["deviations"]) as opened,
        pytest.raises(ValueError, match="'Nowhere' is no member of 'site' from 2022-01 to 2023-12"),
    ):
        long_series(
            site.settings, site.catalogue, site.catalogue.kpis["opened"], FIRST, LAST, opened, "site", "Nowhere"
        )


def test_a_report_of_one_member_judges_its_total_by_the_limits_of_that_member(site: Site) -> None:
    kpi = site.catalogue.kpis["opened"]
    whole = freeze(site, "opened", "2024-07-10T11:00:00")
    south = freeze(site, "opened", "2024-07-10T12:00:00", place=("site", "South"))
    baselines, month = known(site), parse_period("2024-06")

    def judging(within: dict[str, str], dimension: str = TOTAL, member: str = TOTAL) -> FrozenBaseline | None:
        restricted = RestrictedKpi(**dict(kpi), within=within) if within else kpi
        return baselines.in_force(restricted, "month", dimension, member, month)

    assert judging({}) == whole
    assert judging({"site": "South"}) == judging({"site": "South"}, "site", "South") == south
    assert judging({"site": "North"}) is None
    assert judging({"site": "South", "department": "Filling"}) is None
    assert judging({"site": "South"}, "department", "Filling") is None


def test_too_few_points_and_overlapping_windows_are_refused_with_the_reason(site: Site) -> None:
    rows, kpi = figures(site, "opened"), site.catalogue.kpis["opened"]
    asked = {"frequency": "month", "effective_from": LAST.next(), "excluded": {}, "frozen_by": "A", "reason": "r",
             "now": dt.datetime(2024, 7, 1, tzinfo=dt.UTC)}  # fmt: skip
    with pytest.raises(NotFrozen, match="19 usable points from 2022-01 to 2023-07 are fewer than 20"):
        propose(kpi, rows[:19], **asked)
    assert propose(kpi, rows[:19], few=True, **asked).baseline.points == 19
    with pytest.raises(NotFrozen, match="--exclude 2030-01: it is not between"):
        propose(kpi, rows, **(asked | {"excluded": {"2030-01": "?"}}))
    with pytest.raises(NotFrozen, match="rolling covers 3 periods"):
        propose(site.catalogue.kpis["rolling"], rows, **asked)


def test_the_figure_is_judged_by_the_frozen_limits_and_the_chart_shows_the_same(site: Site) -> None:
    made = freeze(site, "opened", "2024-07-11T10:00:00")
    table = site.table(SHIFTED)
    row = table.total("opened")
    assert (row.signal, row.signal_basis) == ("signal", f"N1 on {made.chart}, frozen limits")
    chart = kpi_control_chart(site.catalogue.kpis["opened"], table.series("opened"), known(site), "month")
    assert chart.latest == ("N1",)
    assert chart.baseline == made
    assert chart.center == (made.limits.center,) * 13
    assert chart.phases == (0,)
    assert [chart.periods[place] for place in chart.frozen_at] == ["2024-01"]  # before it: the baseline's own points
    assert chart.rules == ("N1", "N2")


def test_without_a_baseline_the_latest_point_does_not_judge_itself(site: Site) -> None:
    rows = site.table(SHIFTED).series("opened")
    kpi = site.catalogue.kpis["opened"]
    chart = kpi_control_chart(kpi, rows, Baselines(()), "month")
    earlier = control_chart("c", [row.numerator for row in rows[:-1]])
    assert chart.center[-1] == pytest.approx(earlier.center[0])
    assert chart.latest == ("N1",)
    assert chart.provisional
    with pytest.raises(NoControlChart, match="fewer than 12 comparable figures"):
        kpi_control_chart(kpi, rows[2:], Baselines(()), "month")
    with pytest.raises(NoControlChart, match="each figure covers 3 periods"):
        kpi_control_chart(site.catalogue.kpis["rolling"], rows, Baselines(()), "month")


def test_where_another_baseline_takes_over_a_new_phase_begins() -> None:
    def baseline(name: str, center: float, first: str, effective: str) -> FrozenBaseline:
        return FrozenBaseline(
            name, "opened", 1, "month", TOTAL, TOTAL, Baseline("c", center), first, effective, 20, {}, ("N1",),
            effective, parse_period(effective).start, "A", dt.datetime(2024, 1, 1, tzinfo=dt.UTC), "r",
        )  # fmt: skip

    from qms_reports.declarations.models import Kpi

    kpi = Kpi(
        kpi="opened", title="Opened", dataset="d", kind="count", date="opened", numerator="count(*)", formula="Opened"
    )
    months = [FIRST.next(number) for number in range(13)]
    rows = [
        KpiRow("opened", 1, month.key, 12 - n, TOTAL, TOTAL, 20, None, 20, 20.0, None, None,
               "partial" if n == 12 else "ok")
        for n, month in enumerate(months)
    ]  # fmt: skip
    two = Baselines((baseline("a", 20.0, "2021-01", "2021-12"), baseline("b", 4.0, "2022-05", "2022-07")))
    chart = kpi_control_chart(kpi, rows, two, "month")
    assert chart.phases == (0, 6)
    assert chart.center == (20.0,) * 6 + (4.0,) * 7
    assert set(chart.signals) == {6, 7, 8, 9, 10, 11}  # not the last, which is not wholly covered
    assert chart.excluded == {12: "period not wholly covered"}


def test_a_catalogue_without_the_dataset_of_baselines_knows_none(tmp_path: Path) -> None:
    bare = Site(tmp_path)
    bare.deliver([{"id": 1, "opened": "2022-01-05"}], "2022-02-01T08:00:00")
    with session(bare.settings, bare.catalogue, ["deviations"]) as opened:
        assert read_baselines(opened) == Baselines(())
    made = FrozenBaseline(
        "a", "opened", 1, "month", TOTAL, TOTAL, Baseline("c", 1.0), "2022-01", "2022-02", 2, {}, ("N1",), "2022-03",
        dt.date(2022, 3, 1), "A", dt.datetime(2022, 3, 1, tzinfo=dt.UTC), "r",
    )  # fmt: skip
    with pytest.raises(NotFrozen, match="no catalogue declares the dataset baselines"):
        keep(bare.settings, bare.catalogue, made, made.frozen_at)
