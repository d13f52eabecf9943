"""Declared KPIs, the scorecards that sum them up, and the calendars that count their days."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from qms_reports.declarations.base import IsoDate, Model, Name, Sql
from qms_reports.periods import Frequency

KpiKind = Literal["count", "level", "proportion", "rate", "ratio", "statistic"]
Direction = Literal["up", "down", "target", "none"]
ControlChartChoice = Literal["auto", "none", "i", "c", "u", "u_prime", "p", "p_prime", "g", "t"]


class Exposure(Model):
    """What a rate is counted on when that is recorded elsewhere: units distributed, lots dispositioned.

    It is broken down by those of the KPI's dimensions that its own dataset has under the same name.

    Attributes:
        dataset: The dataset that holds it.
        date: The date column that puts its records in a period.
        filter: Condition on its records.
        sql: Aggregate expression, such as ``sum(units)``.
        lag: Periods by which its window lies before the KPI's: complaints come after the sale.
        rolling: Periods that its window covers; as many as the KPI's if absent.
    """

    dataset: Name
    date: str
    filter: Sql | None = None
    sql: Sql
    lag: int = Field(default=0, ge=0, le=60)
    rolling: int | None = Field(default=None, ge=1, le=60)


class Method(Model):
    """A statistic that needs every single value, computed by `qms_reports.statistics`.

    Attributes:
        name: ``kaplan_meier_median`` of times to an event, the unfinished ones being censored (with its 95 %
            interval); ``cp``, ``cpk`` (within), ``pp``, ``ppk`` (overall) of measurements against limits, refused when
            fewer than 25, or out of statistical control.
        values: The number of each record.
        event: kaplan_meier_median: whether the record's time has ended (else it still runs).
        order: Capability: column that puts the values in time order.
        lower_limit: Capability: aggregate that gives the lower specification limit.
        upper_limit: Capability: aggregate that gives the upper specification limit.
    """

    name: Literal["kaplan_meier_median", "cp", "cpk", "pp", "ppk"]
    values: Sql
    event: Sql | None = None
    order: str | None = None
    lower_limit: Sql | None = None
    upper_limit: Sql | None = None

    @model_validator(mode="after")
    def _complete(self) -> Method:
        if self.name == "kaplan_meier_median":
            if self.event is None or self.order or self.lower_limit or self.upper_limit:
                raise ValueError("kaplan_meier_median takes 'values' and 'event'")
        elif self.order is None or self.event is not None or not (self.lower_limit or self.upper_limit):
            raise ValueError(f"{self.name} takes 'values', 'order' and 'lower_limit', 'upper_limit' or both")
        return self


class Kpi(Model):
    """One key performance indicator.  A file in ``kpis/`` holds one or a list of them under ``kpis:``.

    Attributes:
        kpi: Name.
        code: Its number in the KPI catalogue (``QE-04``); several variants may share one.
        version: Version of the definition; raise it when the formula changes.
        title: As printed.
        dataset: The dataset it is computed over.
        domain: The KPI table it stands in; the dataset's name if absent.
        frequencies: The period lengths it is computed for.
        kind: ``count`` of happenings in the period, ``level`` at its end, ``proportion`` of one count in another
            (Wilson interval), ``rate`` of a count per exposure (exact Poisson interval), ``ratio`` of two quantities
            that are not part and whole (no interval), ``statistic`` such as a median (no interval but a method's).
        counts: What is counted, in the plural (events, products, units); the dataset's records if absent.
        date: The date column that puts a record in the period, or ``as_of`` for the state at its end.
        filter: Condition on the records that take part.
        numerator: Aggregate expression, such as ``count(*)`` or ``median(days_to_close)``; absent with `method`.
        denominator: Aggregate expression over the same records; absent for counts, levels and statistics.
        exposure: A rate's or ratio's denominator that is recorded in another dataset.
        method: A statistic computed from every single value, in place of `numerator`.
        strata: Columns whose combinations are each evaluated alone and then combined by `combine`.
        combine: ``product`` (rolled throughput yield), ``minimum`` or ``maximum`` (the worst) of the strata's values.
        transform: ``sigma_level``: the value is the normal quantile of 1 - value / per (short-term Z).
        per: The value is numerator / denominator times this (100 for percent).
        rolling: Number of periods that the window covers, ending with the reported one.
        unit: As printed behind the value.
        decimals: Digits printed after the point.
        rounding: How a printed figure is rounded, once, from the exact value: half up (away from zero), which is also
            what a spreadsheet shows of the same value.
        direction: Which way is better; ``target``: near the target is.
        target: Value to reach.
        warning: Value between which and the target the status is "watch"; of direction ``target`` the distance.
        tolerance: Direction ``target``: distance from the target that is still good.
        min_denominator: Below this many records the value is shown without a status.
        maturity_days: Days after its end until a period's figure is final enough to be rated (late closures, clocks
            that still run); until then it is immature.
        calendar: Whether its durations count days or business days (``business_days(from, to, calendar)``).
        due_basis: Which due date "overdue" and "on time" mean: the original or the current one.
        trend_tolerance: Change against an earlier period, in percent of it, that still counts as flat.
        control_chart: The chart that tells signal from noise in its series; by its kind, if ``auto``: p_prime of
            proportions, u_prime of rates, c of counts, i of the rest.
        formula: The definition in words.
        note: Printed with it, such as what it leaves out.
        traps: The known ways to get it wrong that its declaration rules out.
        source: Standard, clause, book.
        dimensions: Dimensions it is broken down by; all of the dataset if absent.
    """

    kpi: Name
    code: str = Field(default="", pattern=r"^([A-Z]{2}-[0-9]{2})?$")
    version: int = Field(default=1, ge=1)
    title: str
    dataset: Name
    domain: Name | None = None
    frequencies: tuple[Frequency, ...] = ("month", "quarter", "year", "fiscal_year", "week")
    kind: KpiKind
    counts: str = ""
    date: str
    filter: Sql | None = None
    numerator: Sql | None = None
    denominator: Sql | None = None
    exposure: Exposure | None = None
    method: Method | None = None
    strata: tuple[str, ...] = ()
    combine: Literal["product", "minimum", "maximum"] | None = None
    transform: Literal["sigma_level"] | None = None
    per: float = Field(default=1, gt=0)
    rolling: int = Field(default=1, ge=1, le=60)
    unit: str = ""
    decimals: int = Field(default=0, ge=0, le=9)
    rounding: Literal["half_up"] = "half_up"
    direction: Direction = "none"
    target: float | None = None
    warning: float | None = None
    tolerance: float | None = Field(default=None, ge=0)
    min_denominator: int = Field(default=10, ge=0)
    maturity_days: int = Field(default=0, ge=0, le=3660)
    calendar: Literal["days", "business_days"] = "days"
    due_basis: Literal["original", "current"] | None = None
    trend_tolerance: float = Field(default=5, ge=0, le=100)
    control_chart: ControlChartChoice = "auto"
    formula: str
    note: str = ""
    traps: tuple[str, ...] = ()
    source: str = ""
    dimensions: tuple[str, ...] | None = None

    @property
    def has_denominator(self) -> bool:
        """Whether its value is one quantity divided by another."""
        return self.denominator is not None or self.exposure is not None

    @model_validator(mode="after")
    def _parts(self) -> Kpi:
        if (self.numerator is None) == (self.method is None):
            raise ValueError("a KPI has either a 'numerator' or a 'method'")
        if self.method is not None and (self.kind != "statistic" or self.has_denominator):
            raise ValueError("a KPI with a 'method' is a statistic without a denominator")
        if self.denominator is not None and self.exposure is not None:
            raise ValueError("a KPI has either a 'denominator' or an 'exposure'")
        if self.exposure is not None and self.kind not in ("rate", "ratio"):
            raise ValueError("an 'exposure' fits a rate or a ratio: its records are not among the KPI's own")
        needs = self.kind in ("proportion", "rate", "ratio")
        if needs and not self.has_denominator:
            raise ValueError(f"a {self.kind} needs a 'denominator'")
        if not needs and self.denominator is not None and self.kind != "statistic":
            raise ValueError(f"a {self.kind} has no 'denominator'")
        if bool(self.strata) != (self.combine is not None):
            raise ValueError("'strata' and 'combine' go together")
        if self.strata and self.kind != "statistic":
            raise ValueError("what is combined from strata is a statistic")
        return self

    @model_validator(mode="after")
    def _rating(self) -> Kpi:
        if self.target is not None and self.direction == "none":
            raise ValueError("a 'target' needs a 'direction': up, down or target")
        if self.direction == "target" and (self.target is None or self.tolerance is None):
            raise ValueError("the direction 'target' needs a 'target' and the 'tolerance' around it")
        if self.tolerance is not None and self.direction != "target":
            raise ValueError("a 'tolerance' fits the direction 'target'")
        if self.warning is not None and self.target is None:
            raise ValueError("a 'warning' needs a 'target'")
        if self.target is not None and self.warning is not None:
            self._check_warning(self.target, self.warning)
        return self

    def _check_warning(self, target: float, warning: float) -> None:
        if self.direction == "target":
            if warning < (self.tolerance or 0):
                raise ValueError("'warning' is a distance from the target, not less than 'tolerance'")
        elif warning > target if self.direction == "up" else warning < target:
            side = "below" if self.direction == "up" else "above"
            raise ValueError(f"'warning' must lie {side} 'target' when the direction is {self.direction}")


class RestrictedKpi(Kpi):
    """A KPI of whose records only those of some members are counted, as a report with parameters shows it.

    Attributes:
        within: Dimension to the member that it is restricted to; its filter says the same in SQL.
    """

    within: dict[str, str] = Field(min_length=1)


class KpiList(Model):
    """Several KPIs in one file."""

    kpis: tuple[Kpi, ...] = Field(min_length=1)


# --- scorecards ------------------------------------------------------------------------------------------------------


class ScorecardItem(Model):
    """One part of a scorecard: a KPI or another scorecard, and what it is worth.

    The score of a KPI rises in a straight line from 0 at `zero` to 100 at `full`, and stays between them.

    Attributes:
        kpi: A KPI.
        scorecard: Or another scorecard, whose score is taken as it is.
        weight: Its share, relative to the other items'.
        zero: The KPI's value that scores 0.
        full: The KPI's value that scores 100.
    """

    kpi: Name | None = None
    scorecard: Name | None = None
    weight: float = Field(gt=0)
    zero: float | None = None
    full: float | None = None

    @model_validator(mode="after")
    def _one(self) -> ScorecardItem:
        if (self.kpi is None) == (self.scorecard is None):
            raise ValueError("an item is either a 'kpi' or a 'scorecard'")
        if self.kpi is not None and (self.zero is None or self.full is None or self.zero == self.full):
            raise ValueError("a KPI scores from 'zero' (worth 0) to 'full' (worth 100), which differ")
        if self.scorecard is not None and (self.zero is not None or self.full is not None):
            raise ValueError("a scorecard's score is taken as it is, without 'zero' and 'full'")
        return self


class ScorecardLimits(Model):
    """From which score on a status is reached; below the last it is critical.

    Attributes:
        excellent: Least score that is excellent.
        good: Least score that is good.
        warning: Least score that is a warning and not critical.
    """

    excellent: float = Field(default=90, ge=0, le=100)
    good: float = Field(default=75, ge=0, le=100)
    warning: float = Field(default=60, ge=0, le=100)

    @model_validator(mode="after")
    def _falling(self) -> ScorecardLimits:
        if not self.excellent > self.good > self.warning:
            raise ValueError("the limits fall from 'excellent' over 'good' to 'warning'")
        return self


class Scorecard(Model):
    """Several KPIs summed up in one score of 0 to 100.  One file in ``scorecards/``.

    Attributes:
        scorecard: Name.
        version: Version; raise it when items, weights or limits change.
        title: As printed.
        frequencies: The period lengths it is computed for.
        items: Its parts with their declared weights.
        limits: When it is excellent, good, a warning or critical.
        least_weight: Share of the weights whose KPIs must have a value and enough records; with less there is no score.
        note: Printed with it.
    """

    scorecard: Name
    version: int = Field(default=1, ge=1)
    title: str
    frequencies: tuple[Frequency, ...] = ("month", "quarter", "year", "fiscal_year", "week")
    items: tuple[ScorecardItem, ...] = Field(min_length=1)
    limits: ScorecardLimits = ScorecardLimits()
    least_weight: float = Field(default=0.5, gt=0, le=1)
    note: str = ""


# --- calendars -------------------------------------------------------------------------------------------------------


class Calendar(Model):
    """The days that are no business days at a site.  One file in ``calendars/``.

    ``business_days(from, to, site)`` counts the business days after `from` up to and including `to`: the day after
    receipt is day 1.

    Attributes:
        calendar: Name.
        version: Version; raise it when a holiday is added or moved.
        title: As printed.
        members: The values (of a site column) it stands for.
        weekend: Days of the week that are none, Monday being 1.
        holidays: Date to the holiday's name.
        origin: Where the list is from.
    """

    calendar: Name
    version: int = Field(default=1, ge=1)
    title: str
    members: tuple[str, ...] = Field(min_length=1)
    weekend: tuple[Literal[6, 7], ...] = (6, 7)
    holidays: dict[IsoDate, str] = {}
    origin: str = ""

    def __hash__(self) -> int:
        return hash((self.calendar, self.version, len(self.holidays)))
