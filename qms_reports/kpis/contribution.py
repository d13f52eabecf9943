"""What each member of a dimension contributes to the change of a total, so that the contributions are the change.

Counts and levels: the change of the total is the sum of the members' changes.

Quotients (proportions, rates, ratios): a total R = sum(w * r) of the members' values r, weighted with their shares w of
the denominator, changes because members change (rate effect) and because the mix of members changes (mix effect):

    rate effect of a member = (r1 - r0) * (w1 + w0) / 2
    mix effect of a member  = (w1 - w0) * ((r1 + r0) / 2 - (R1 + R0) / 2)

Both together, over all members, are R1 - R0.  The mean of the total is taken off in the mix effect, which leaves its
sum as it is (the shares' changes add up to 0): a growing share of a member that is better than the whole improves it.

Source: E. M. Kitagawa, "Components of a difference between two rates", Journal of the American Statistical Association
50 (1955), 1168-1194.

All arithmetic is exact (fractions): the parts add up without a rest.  Rounding is for those who print them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from qms_reports.declarations.models import Kpi
from qms_reports.kpis.table import KpiRow, KpiTable

_CLOSE = Fraction(1, 10**9)  # sums of decimals are stored with 12 significant digits
_ADDITIVE = ("count", "level")
_QUOTIENTS = ("proportion", "rate", "ratio")


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one member contributes, in the unit of the KPI's value.

    Attributes:
        member: The member; "(not stated)" is one like any other.
        prior: Its value in the period before; ``None`` if it had none.
        value: Its value in the reported period.
        rate_effect: By its own change.
        mix_effect: By the change of its share; 0 of counts and levels.
    """

    member: str
    prior: float | None
    value: float | None
    rate_effect: Fraction
    mix_effect: Fraction

    @property
    def change(self) -> Fraction:
        """Both effects together."""
        return self.rate_effect + self.mix_effect


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The change of a total and its parts.

    Attributes:
        kpi: KPI.
        dimension: Dimension.
        change: Reported total minus that of the period before; ``None`` if it cannot be decomposed.
        parts: The members, the largest contribution (of either sign) first.
        by_mix: Whether there is a mix effect.
        why_not: Why there are no parts, or empty.
    """

    kpi: str
    dimension: str
    change: Fraction | None
    parts: tuple[Contribution, ...] = ()
    by_mix: bool = False
    why_not: str = ""


def why_not_decomposable(kpi: Kpi) -> str:
    """Why the change of a KPI has no parts, from its declaration alone; empty if it has."""
    if kpi.kind not in (*_ADDITIVE, *_QUOTIENTS) or kpi.strata or kpi.transform:
        return "A statistic of the whole is no sum of its members' statistics: its change cannot be split among them."
    return ""


def contributions(kpi: Kpi, table: KpiTable, dimension: str) -> Decomposition:
    """The change of a KPI's total since the period before, by the members of a dimension."""
    return decompose(
        kpi,
        dimension,
        (table.total(kpi.kpi, 1), table.members(kpi.kpi, dimension, 1)),
        (table.total(kpi.kpi), table.members(kpi.kpi, dimension)),
    )


def decompose(
    kpi: Kpi,
    dimension: str,
    before: tuple[KpiRow | None, Iterable[KpiRow]],
    now: tuple[KpiRow | None, Iterable[KpiRow]],
) -> Decomposition:
    """Split the change between two periods.

    Args:
        kpi: The KPI.
        dimension: The dimension.
        before: The total and the members of the period before, in any order.
        now: The same of the reported period.
    """
    (total0, rows0), (total1, rows1) = before, now
    why = why_not_decomposable(kpi)
    if not why and (total0 is None or total1 is None or total0.value is None or total1.value is None):
        why = "One of the two periods has no value."
    parts: list[Contribution] = []
    if not why:
        assert total0 is not None and total1 is not None  # noqa: S101, PT018 - looked above
        parts, why = _parts_of(kpi, (total0, {r.member: r for r in rows0}), (total1, {r.member: r for r in rows1}))
    if why:
        return Decomposition(kpi.kpi, dimension, None, why_not=why)
    change = sum((part.change for part in parts), Fraction(0))
    parts.sort(key=lambda part: (-abs(part.change), part.member))
    return Decomposition(kpi.kpi, dimension, change, tuple(parts), by_mix=any(part.mix_effect for part in parts))


_Side = tuple[KpiRow, Mapping[str, KpiRow]]
"""The total of a period and its members by name."""


def _parts_of(kpi: Kpi, before: _Side, now: _Side) -> tuple[list[Contribution], str]:
    """The contributions, or why there are none."""
    names = sorted({*before[1], *now[1]})
    if not names:
        return [], "There are no members."
    additive = kpi.kind in _ADDITIVE and _add_up(*before) and _add_up(*now)
    # Where the denominator is not broken down, every member is counted on all of it.
    if additive or (kpi.kind in _QUOTIENTS and _shared(*before) and _shared(*now)):
        return [_difference(kpi, name, before[1].get(name), now[1].get(name)) for name in names], ""
    if kpi.kind in _QUOTIENTS and _add_up(*before, both=True) and _add_up(*now, both=True):
        found = _kitagawa(kpi, names, before[1], now[1])
        return found or [], "" if found else "A denominator is not above 0."
    return [], "The members do not add up to the total: a record can belong to several of them, or to none."


def _exact(number: float | None) -> Fraction:
    return Fraction(0) if number is None else Fraction(repr(number))


def _value(kpi: Kpi, row: KpiRow | None) -> Fraction:
    """The exact value of a member; without records it counts for nothing."""
    if row is None or row.numerator is None:
        return Fraction(0)
    per = _exact(kpi.per)
    if not kpi.has_denominator:
        return _exact(row.numerator) * per
    return _exact(row.numerator) / _exact(row.denominator) * per if row.denominator else Fraction(0)


def _difference(kpi: Kpi, name: str, before: KpiRow | None, now: KpiRow | None) -> Contribution:
    effect = _value(kpi, now) - _value(kpi, before)
    return Contribution(name, before.value if before else None, now.value if now else None, effect, Fraction(0))


def _kitagawa(
    kpi: Kpi, names: Iterable[str], members0: Mapping[str, KpiRow], members1: Mapping[str, KpiRow]
) -> list[Contribution] | None:
    per = _exact(kpi.per)
    counted0, counted1 = _sums(members0), _sums(members1)
    if counted0[1] <= 0 or counted1[1] <= 0:
        return None
    middle = (counted0[0] / counted0[1] + counted1[0] / counted1[1]) / 2
    parts = []
    for name in names:
        before, now = members0.get(name), members1.get(name)
        n0, d0 = _parts(before)
        n1, d1 = _parts(now)
        moved = d1 / counted1[1] - d0 / counted0[1]
        # All that the member contributes, less the mean of the total that its moved share would have brought anyway.
        effect = n1 / counted1[1] - n0 / counted0[1] - moved * middle
        rates = [n / d for n, d in ((n0, d0), (n1, d1)) if d]
        # A member that is there in one period only has one rate: it comes or goes as it is.
        mix = moved * (sum(rates, Fraction(0)) / len(rates) - middle) if rates else Fraction(0)
        values = (before.value if before else None, now.value if now else None)
        parts.append(Contribution(name, *values, (effect - mix) * per, mix * per))
    return parts


def _parts(row: KpiRow | None) -> tuple[Fraction, Fraction]:
    return (_exact(row.numerator), _exact(row.denominator)) if row else (Fraction(0), Fraction(0))


def _sums(members: Mapping[str, KpiRow]) -> tuple[Fraction, Fraction]:
    numerators = sum((_exact(row.numerator) for row in members.values()), Fraction(0))
    return numerators, sum((_exact(row.denominator) for row in members.values()), Fraction(0))


def _shared(total: KpiRow, members: Mapping[str, KpiRow]) -> bool:
    """Whether every member has the denominator of the total, as an exposure without that dimension gives it."""
    numerators, _ = _sums(members)
    alike = all(row.denominator == total.denominator for row in members.values())
    return len(members) > 1 and alike and _is_close(numerators, total.numerator)


def _add_up(total: KpiRow, members: Mapping[str, KpiRow], *, both: bool = False) -> bool:
    numerators, denominators = _sums(members)
    return _is_close(numerators, total.numerator) and (not both or _is_close(denominators, total.denominator))


def _is_close(found: Fraction, number: float | None) -> bool:
    wanted = _exact(number)
    return abs(found - wanted) <= _CLOSE * max(abs(found), abs(wanted))
