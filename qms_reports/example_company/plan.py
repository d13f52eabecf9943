"""How many records of which kind fall into which month, and which are the first of their month."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from qms_reports.example_company.kinds import KINDS
from qms_reports.example_company.randomness import mix, salt

SEASON = (96, 100, 112, 102, 98, 106, 92, 80, 108, 112, 106, 88)
"""Weight of each month of a year: holidays in August and December, a busy March and autumn."""

GROWTH_PERCENT = 103
"""Each year has this many records for every 100 of the year before."""

GROWTH_PERCENT_OF = {"quality_events": 98, "capas": 99, "change_controls": 105, "recall_events": 97}
"""The same of the kinds that grow otherwise: ever fewer quality events come from ever more batches."""

_PIECE = 500

TESTS_PER_BATCH, STEPS_PER_BATCH, SHIPMENTS_PER_BATCH = 12, 4, 5
FINDINGS_PER_AUDIT, PRODUCTS_PER_RECALL = 5, 3  # at most


@dataclass(frozen=True)
class Month:
    """One month of the company's life.

    Attributes:
        first: Its first day.
        days: How many it has.
    """

    first: dt.date
    days: int


@dataclass(frozen=True)
class Plan:
    """What is asked for.

    Attributes:
        seed: Any whole number; another seed is another company.
        first: First day of the first month.
        last: Last day of the last month: nothing is recorded after it.
        scale: About how many records of all kinds together.
    """

    seed: int
    first: dt.date
    last: dt.date
    scale: int

    @cached_property
    def months(self) -> tuple[Month, ...]:
        """The months in order."""
        found = []
        day = self.first
        while day <= self.last:
            days = calendar.monthrange(day.year, day.month)[1]
            found.append(Month(day, days))
            day += dt.timedelta(days=days)
        return tuple(found)

    def total(self, kind: str) -> int:
        """Number of ordinary (not planted) records of a kind that are made up; some are dropped as impossible."""
        # A recall event is no kind of its own: it has one row or several among the recalled products.
        recalls, suppliers = min(max(self.scale // 60_000, 6), 60), min(40 + self.scale // 50_000, 400)
        per_batch = {"test_results": TESTS_PER_BATCH, "units_distributed": SHIPMENTS_PER_BATCH,
                     "batch_steps": STEPS_PER_BATCH}  # fmt: skip
        if kind in per_batch:
            return self.total("batches") * per_batch[kind]
        if kind == "audit_findings":
            return self.total("audits") * FINDINGS_PER_AUDIT
        fixed = {"recall_events": recalls, "product_recalls": recalls * PRODUCTS_PER_RECALL, "suppliers": suppliers}
        if kind in fixed:
            return fixed[kind]
        if kind == "training":  # one in seven is dropped, for the person has left or is not there yet
            return round(self.scale * KINDS[kind].share * 7 / 6)
        # Even a small company audits every month and posts costs of every bucket.
        months = len(self.months)
        least = {"documents": 30, "audits": months, "costs": min(24 * months, self.scale // 15)}.get(kind, 1)
        return max(round(self.scale * KINDS[kind].share), least)

    @cached_property
    def _weights(self) -> dict[int, tuple[int, ...]]:
        """Growth to the sums of the weights of the months before each month, and of all at the end."""
        return {growth: self._weighted(growth) for growth in {GROWTH_PERCENT, *GROWTH_PERCENT_OF.values()}}

    def _weighted(self, growth: int) -> tuple[int, ...]:
        """Sum of the weights of the months before each month, and of all at the end; whole numbers, so exact."""
        years = self.last.year - self.first.year
        weights = []
        for month in self.months:
            year = month.first.year - self.first.year
            weights.append(SEASON[month.first.month - 1] * growth**year * 100 ** (years - year))
        return (0, *accumulate(weights))

    def before(self, kind: str, month: int) -> int:
        """How many records of a kind come before a month (by position); suppliers are all there from the beginning."""
        if kind == "suppliers":
            return self.total(kind)
        weights = self._weights[GROWTH_PERCENT_OF.get(kind, GROWTH_PERCENT)]
        return weights[month] * self.total(kind) // weights[-1] if month > 0 else 0

    def monthly(self, kind: str) -> int:
        """How many records of a kind an average month has, at least ten (one for each last digit)."""
        return max(self.total(kind) // len(self.months), 10)

    def yearly(self, kind: str) -> float:
        """How many records of a kind an average year has."""
        return self.total(kind) * 365 / self.days

    @cached_property
    def documents(self) -> int:
        """Number of documents; each has up to three versions."""
        return -(-self.total("documents") // 3)

    @cached_property
    def people(self) -> int:
        """Number of people who are trained, a multiple of ten (the last digit is the site)."""
        return max(self.total("training") // 400, 6) * 10

    @property
    def days(self) -> int:
        """Days from the first to the last."""
        return (self.last - self.first).days + 1

    def salt(self, name: str) -> int:
        """A number that goes into the draws of a kind or for a purpose."""
        return salt(mix(self.seed), name)

    def since(self, moment: dt.datetime, days: int) -> int:
        """Position of the first month of which something can still be recorded `days` after its end."""
        return sum(month.first + dt.timedelta(days=month.days + days) < moment.date() for month in self.months)

    def month_rows(self, kind: str, *links: tuple[str, str, int], until: int | None = None, since: int = 0) -> str:
        """SQL for one row per record of a kind: `n`, its month's first day and length, and link bounds.

        Args:
            kind: The kind; its records are numbered from 0.
            links: (column, kind, back): how many records of a kind come before the end of the month that lies `back`
                months before the record's: a link points to a number below.
            until: Only months before this position.
            since: Only months from this position on.
        """
        values = []
        for position, month in enumerate(self.months[:until]):
            if position < min(since, len(self.months) - 1):
                continue
            low, high = self.before(kind, position), self.before(kind, position + 1)
            bounds = "".join(f", {self.before(other, position + 1 - back)}::BIGINT" for _, other, back in links)
            values.append(f"({low}::BIGINT, {high}::BIGINT, DATE '{month.first}', {month.days}{bounds})")
        names = ", ".join(("low", "high", "month_first", "month_days", *(column for column, *_ in links)))
        months = f"SELECT * FROM (VALUES {', '.join(values)}) months({names})"
        # In pieces: the numbers of all months at once would be a list in memory.
        pieces = f"SELECT *, unnest(range(low, high, {_PIECE})) AS piece FROM ({months})"
        numbers = f"unnest(range(piece, least(piece + {_PIECE}, high))) AS n"
        return f"SELECT * EXCLUDE (low, high, piece), {numbers} FROM ({pieces})"
