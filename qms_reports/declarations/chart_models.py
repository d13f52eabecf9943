"""Declared charts: what each kind of chart shows, and where its numbers are from."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from qms_reports.declarations.base import Model, Name, Sql
from qms_reports.declarations.issues import Complaint

ChartKind = Literal[
    "bar", "line", "pie", "donut", "scatter", "area", "histogram", "control",
    "pareto", "funnel", "heatmap", "sparkline", "waterfall", "box",
]  # fmt: skip

OF_RECORDS = ("histogram", "scatter", "box")
"""Kinds that show single records and never KPIs."""

OF_EITHER = ("pareto", "heatmap")
"""Kinds that show a KPI by its members, or records counted or summed by a column."""

OF_ONE_KPI = ("control", "pareto", "funnel", "heatmap", "sparkline")
"""Kinds that show exactly one KPI where they show KPIs."""

SMALLEST = {"sparkline": (60.0, 14.0)}
SMALLEST_OTHERS = (120.0, 100.0)
"""Least width and height in points at which a kind of chart can be read."""

_ONLY: dict[str, tuple[str, ...]] = {
    "across": ("heatmap",),
    "aggregate": ("heatmap",),
    "bins": ("histogram",),
    "fit": ("scatter",),
    "less": ("waterfall",),
    "level": ("waterfall",),
    "lower_limit": ("histogram",),
    "normal_curve": ("histogram",),
    "overdispersion": ("funnel",),
    "target": OF_RECORDS,
    "upper_limit": ("histogram",),
    "values": ("histogram", "box", "pareto", "heatmap"),
    "x": ("scatter",),
    "y": ("scatter",),
    "zones": ("control",),
}


class ChartModel(Model):
    """One chart of a template: a specification, and where its numbers are from.

    Numbers come from `kpis`, or from the records of a `dataset`.

    **bar**, **line**, **area**: `kpis` over the series of periods, or one KPI `by` a dimension, `over` the period or
    the series.  **pie**, **donut**: `kpis` of the period, or one KPI `by` a dimension; more than six slices are drawn
    as bars.  **control**, **sparkline**: the series of one KPI.  **pareto**: one KPI that can be added up, or the
    number (or the sum of `values`) of records, `by` a dimension or column.  **funnel**: one proportion or rate `by` a
    dimension, each member against the limits for its size.  **heatmap**: one KPI `by` a dimension `over: series`, or
    `by` one dimension `across` another; of records, the `aggregate` of `values` by one column across another.
    **waterfall**: what the members `by` a dimension contribute to the change of one KPI since the period before; or how
    a `level` came about: its value before, plus `kpis`, minus `less`, is its value now.  **histogram**, **box**: the
    `values` of records, a box for each member of the column `by`.  **scatter**: `x` and `y` of records.

    Attributes:
        id: Name, unique in the template.
        type: Kind of chart; ``control`` shows the series of one KPI between its control limits, frozen ones if a
            baseline is in force, without its target.
        title: Shown above.
        subtitle: Shown below the title; ``{period}`` and ``{series}`` are filled in.
        width: Outer width in points; a sparkline from 60, all others from 120.
        height: Outer height in points; a sparkline from 14, all others from 100.
        x_title: Title of the horizontal axis, with unit.
        y_title: Title of the vertical axis, with unit.
        colors: Hex colours in series order.
        legend: Whether to draw a legend.
        outputs: The forms it is made in.
        stacked: Bars or areas on top of each other.
        horizontal: Bars to the right.
        bins: Histogram bins; by the rule of Freedman and Diaconis, if absent.
        normal_curve: Histogram: whether to draw the normal distribution of the same mean and standard deviation.
        lower_limit: Histogram: lower specification limit (LSL).
        upper_limit: Histogram: upper specification limit (USL).
        target: Histogram, scatter, box: a value drawn as a line; charts of KPIs show the KPI's own target.
        fit: Scatter: ``linear`` for the line of least squares, with its equation and R² in the note.
        zones: Control: whether to shade the zones A, B and C, each a sigma wide.
        overdispersion: Funnel: how its limits are widened where members differ by more than chance, see
            `qms_reports.statistics.funnel`.
        show_target: Whether to draw the KPI's target.
        kpis: KPIs shown.
        by: Dimension that the first KPI is broken down by, or column that the records are.
        across: Heat map: the dimension or column of its columns.
        over: With `by`: ``period`` for the members in the reported period, ``series`` for one run per member.
        top: Number of members shown; the others are added up as "Other" where adding is legal, and left out with a
            note where it is not.
        level: Waterfall: the KPI whose value before and now are the first and the last bar.
        less: Waterfall: the KPIs that are taken off.
        dataset: Dataset whose records are shown.
        date: Date column that puts a record in the window.
        window: Periods that the records are from, ending with the reported one.
        filter: Condition on the records.
        values: The number of each record, of a histogram, box, Pareto or heat map.
        aggregate: Heat map of records: what is printed in a cell; without `values` it is their number.
        x: Scatter: horizontal number of each record.
        y: Scatter: vertical number of each record.
    """

    id: Name
    type: ChartKind
    title: str
    subtitle: str = ""
    width: float = Field(default=245, ge=60, le=510)
    height: float = Field(default=190, ge=14, le=700)
    x_title: str = ""
    y_title: str = ""
    colors: tuple[Annotated[str, Field(pattern=r"^#[0-9A-Fa-f]{6}$")], ...] = ()
    legend: bool = False
    outputs: tuple[Literal["pdf", "xlsx", "png", "svg"], ...] = ("pdf", "xlsx", "png")
    stacked: bool = False
    horizontal: bool = False
    bins: int | None = Field(default=None, ge=2, le=100)
    normal_curve: bool = False
    lower_limit: float | None = None
    upper_limit: float | None = None
    target: float | None = None
    fit: Literal["none", "linear"] = "none"
    zones: bool = False
    overdispersion: Literal["none", "multiplicative", "additive"] = "none"
    show_target: bool = True
    kpis: tuple[str, ...] = ()
    by: str | None = None
    across: str | None = None
    over: Literal["period", "series"] = "period"
    top: int = Field(default=8, ge=1, le=40)
    level: str | None = None
    less: tuple[str, ...] = ()
    dataset: str | None = None
    date: str | None = None
    window: int = Field(default=1, ge=1, le=60)
    filter: Sql | None = None
    values: Sql | None = None
    aggregate: Literal["count", "sum", "mean", "median", "minimum", "maximum"] | None = None
    x: Sql | None = None
    y: Sql | None = None

    @property
    def all_kpis(self) -> tuple[str, ...]:
        """Every KPI whose figures the chart needs."""
        return (*self.kpis, *((self.level,) if self.level is not None else ()), *self.less)

    @property
    def kpi_paths(self) -> tuple[tuple[tuple[str | int, ...], str], ...]:
        """Every KPI it names, with the place of the name below the chart."""
        listed = [((key, number), name) for key in ("kpis", "less") for number, name in enumerate(getattr(self, key))]
        return (*listed, *(((("level",), self.level),) if self.level is not None else ()))

    @model_validator(mode="after")
    def _one_origin(self) -> ChartModel:
        if bool(self.kpis or self.level) == (self.dataset is not None):
            raise ValueError("a chart shows either 'kpis' or the records of a 'dataset'")
        if self.dataset is not None:
            self._check_records()
        elif self.type in OF_RECORDS:
            raise ValueError(f"a {self.type} shows the records of a 'dataset'")
        else:
            self._check_kpis()
        self._check_keys()
        return self

    def _check_records(self) -> None:
        if self.type not in (*OF_RECORDS, *OF_EITHER):
            listed = ", ".join((*OF_RECORDS, *OF_EITHER))
            raise Complaint(f"a {self.type} shows 'kpis', not records", ("dataset",), f"of records: {listed}")
        if self.date is None:
            raise ValueError("a chart of records needs the 'date' column that puts a record in its window")
        if self.type in ("histogram", "box") and self.values is None:
            raise ValueError(f"a {self.type} of records needs 'values', the number of each record")
        if self.type == "scatter" and (self.x is None or self.y is None):
            raise ValueError("a scatter needs 'x' and 'y'")
        if self.type in ("box", *OF_EITHER) and self.by is None:
            raise ValueError(f"a {self.type} of records needs 'by', the column that they are grouped by")
        if self.type == "heatmap":
            self._check_record_heatmap()

    def _check_record_heatmap(self) -> None:
        if self.across is None:
            raise ValueError("a heatmap of records needs 'across', the column that makes its columns")
        if (self.aggregate or "count") != "count" and self.values is None:
            message = f"the {self.aggregate} of records needs 'values', the number of each record"
            raise Complaint(message, ("aggregate",), "name the column or expression in 'values'")
        if self.values is not None and self.aggregate in (None, "count"):
            hint = "declare 'aggregate': sum, mean, median, minimum or maximum"
            raise Complaint("'values' are of no use without an 'aggregate' of them", ("values",), hint)

    def _check_kpis(self) -> None:
        if self.type == "control" and (len(self.kpis) != 1 or self.by is not None):
            raise ValueError("a control chart shows the total of one KPI in 'kpis'")
        if self.type == "sparkline" and (len(self.kpis) != 1 or self.by is not None):
            raise ValueError("a sparkline shows the total of one KPI in 'kpis'")
        if self.type in OF_ONE_KPI and len(self.kpis) != 1:
            message = f"a {self.type} shows one KPI in 'kpis', not {len(self.kpis)}"
            raise Complaint(message, ("kpis",), "declare a chart for each")
        if self.type in ("pareto", "funnel", "heatmap") and self.by is None:
            raise Complaint(f"a {self.type} shows a KPI 'by' a dimension", (), "name the dimension in 'by'")
        if self.type == "heatmap":
            if (self.across is not None) == (self.over == "series"):
                hint = "declare one of both"
                raise Complaint("a heatmap of a KPI goes 'across' a second dimension, or 'over: series'", (), hint)
            if self.across == self.by:
                raise Complaint("'by' and 'across' name the same dimension", ("across",), "name another, or leave one")
        if self.type == "waterfall":
            self._check_waterfall()

    def _check_waterfall(self) -> None:
        if self.level is None and (len(self.kpis) != 1 or self.by is None or self.less):
            message = "a waterfall shows how one KPI changed, or how a level came about"
            hint = "declare one of 'kpis' and 'by', or 'level' with 'kpis' and 'less'"
            raise Complaint(message, (), hint)
        if self.level is not None and self.by is not None:
            raise Complaint("a waterfall of a 'level' shows totals only", ("by",), "leave out 'by'")

    def _check_keys(self) -> None:
        """Keys that would do nothing, and sizes that nobody could read."""
        for key, kinds in _ONLY.items():
            if getattr(self, key) != type(self).model_fields[key].default and self.type not in kinds:
                hint = f"leave it out; it is for {', '.join(kinds)}"
                raise Complaint(f"a {self.type} has no use for '{key}'", (key,), hint)
        for key in ("values", "aggregate"):
            if self.dataset is None and getattr(self, key) is not None:
                raise Complaint(f"'{key}' belongs to records", (key,), "leave it out, or name a 'dataset' for 'kpis'")
        if self.lower_limit is not None and self.upper_limit is not None and self.lower_limit >= self.upper_limit:
            raise Complaint("'lower_limit' is not below 'upper_limit'", ("lower_limit",), "exchange them")
        if len(set(self.outputs)) != len(self.outputs) or not self.outputs:
            raise Complaint("'outputs' names a form twice, or none", ("outputs",), "each of pdf, xlsx, png, svg once")
        for side, least in zip(("width", "height"), SMALLEST.get(self.type, SMALLEST_OTHERS), strict=True):
            if getattr(self, side) < least:
                message = f"a {self.type} of {getattr(self, side):g} points {side} cannot be read"
                raise Complaint(message, (side,), f"at least {least:g}")
