"""Pareto analysis: which few categories make up most of the records, and how that changed from one period to the next.

The cumulative share is always one of all records, also when only the top categories are shown; what is folded together
stands last under "Other", even if it is the largest, because it is not a category that anybody could work on.

Source: J. M. Juran and A. B. Godfrey (eds.), Juran's Quality Handbook, 5th ed. (1999), section 5 ("The quality
improvement process", the Pareto principle); order and cumulative shares as in R's qcc, pareto.chart.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

OTHER = "Other"

_SAME = 1e-12  # a share reached except for rounding has been reached


@dataclass(frozen=True, slots=True)
class ParetoBar:
    """One category.

    Attributes:
        name: Name of the category.
        count: Records in it.
        value: What the order and the shares go by: the count, or the count times the weight.
        share: Value divided by the total of all categories; None if that is 0.
        cumulative: Sum of the values up to and with this category.
        cumulative_share: That sum divided by the total of all categories; None if it is 0. Exactly 1 for the last.
        categories: Number of categories in this bar: 1, or more where "Other" folds some together.
    """

    name: str
    count: float
    value: float
    share: float | None
    cumulative: float
    cumulative_share: float | None
    categories: int = 1


@dataclass(frozen=True, slots=True)
class ParetoChange:
    """One category in two periods; shares are None where the period has no records.

    Attributes:
        name: Name of the category.
        count: Records in the present period.
        earlier_count: Records in the earlier period.
        value: Value in the present period (see `ParetoBar`).
        earlier_value: Value in the earlier period.
        share: Share of all records of the present period.
        earlier_share: Share of all records of the earlier period.
        change: Value minus earlier value.
        change_of_share: Share minus earlier share, as a fraction: 0.02 is two percentage points, not 2 %.
    """

    name: str
    count: float
    earlier_count: float
    value: float
    earlier_value: float
    share: float | None
    earlier_share: float | None
    change: float
    change_of_share: float | None


def pareto(
    counts: Mapping[str, float],
    *,
    weights: Mapping[str, float] | None = None,
    top: int | None = None,
    other: str = OTHER,
    order: Sequence[str] | None = None,
) -> tuple[ParetoBar, ...]:
    """Return the categories by descending value with their cumulative shares.

    value = count x weight; share_i = value_i / total; cumulative_i = value_1 + ... + value_i, divided by the total of
    all categories. Equal values are ordered by name, by the code points of its characters, so that the same counts give
    the same order on every machine. A category that is itself named like `other` is merged with what is folded.

    Args:
        counts: Records of each category; amounts such as cost need not be whole.
        weights: Weight of one record of a category, such as its severity; 1 for a category left out.
        top: Number of categories to show before the rest is folded into `other`; None for all. A rest of one category
            is folded as well, so that the number of bars is predictable.
        other: Name of what is folded together.
        order: A given order of the categories instead of that by value, to show two periods alike. Categories not named
            in it follow by value; those named but not counted appear with 0.

    Raises:
        ValueError: A count or weight is negative or not finite, `top` is below 1, or `order` names a category twice.
    """
    values = _values(counts, weights)
    if top is not None and top < 1:
        raise ValueError(f"top must be at least 1, got {top!r}")
    if order is not None and len(set(order)) != len(order):
        raise ValueError(f"order names a category twice: {order!r}")
    by_value = sorted(values, key=lambda name: (-values[name], name))
    names = [name for name in dict.fromkeys([*(order or ()), *by_value]) if name != other]
    shown = names if top is None else names[:top]
    folded = names[len(shown) :] + ([other] if other in counts or other in (order or ()) else [])
    rows = [(name, [name]) for name in shown]
    if folded:
        rows.append((other, folded))
    total = _exact_sum(list(values.values()))
    bars = []
    passed = Fraction(0)  # exact, so that the last cumulative value is the total whatever the order
    for name, members in rows:
        value = _exact_sum([values.get(member, 0) for member in members])
        passed += sum(Fraction(values.get(member, 0)) for member in members)
        cumulative = int(passed) if isinstance(total, int) else float(passed)
        bars.append(
            ParetoBar(
                name=name,
                count=_exact_sum([counts.get(member, 0) for member in members]),
                value=value,
                share=value / total if total else None,
                cumulative=cumulative,
                cumulative_share=cumulative / total if total else None,
                categories=len(members),
            )
        )
    return tuple(bars)


def compare_periods(
    counts: Mapping[str, float],
    earlier_counts: Mapping[str, float],
    *,
    weights: Mapping[str, float] | None = None,
    top: int | None = None,
    other: str = OTHER,
) -> tuple[ParetoChange, ...]:
    """Return two periods in the same order of categories: that of the present period.

    The top categories are those of the present period; all others are folded into `other` in both periods, so that both
    add up to all their records. A category that only the earlier period has stands after those of the present one.

    Args:
        counts: Records of each category in the present period.
        earlier_counts: Records of each category in the earlier period.
        weights: Weight of one record of a category; 1 for a category left out.
        top: Number of categories before the rest is folded; None for all.
        other: Name of what is folded together.

    Raises:
        ValueError: As for `pareto`.
    """
    earlier_values = _values(earlier_counts, weights)
    values = {**dict.fromkeys(earlier_values, 0), **_values(counts, weights)}
    order = sorted(values, key=lambda name: (-values[name], 0 if values[name] else -earlier_values.get(name, 0), name))
    # Both periods are given all categories, so that both fold the same ones.
    everywhere = dict.fromkeys(order, 0)
    now = pareto({**everywhere, **counts}, weights=weights, top=top, other=other, order=order)
    before = pareto({**everywhere, **earlier_counts}, weights=weights, top=top, other=other, order=order)
    return tuple(
        ParetoChange(
            name=bar.name,
            count=bar.count,
            earlier_count=old.count,
            value=bar.value,
            earlier_value=old.value,
            share=bar.share,
            earlier_share=old.share,
            change=bar.value - old.value,
            change_of_share=None if bar.share is None or old.share is None else bar.share - old.share,
        )
        for bar, old in zip(now, before, strict=True)
    )


def vital_few(bars: Sequence[ParetoBar], share: float = 0.8, *, other: str = OTHER) -> tuple[str, ...]:
    """Return the fewest leading categories that together reach a share of all records.

    "Other" is never among them: if the shown categories do not reach the share without it, all of them are returned.

    Args:
        bars: Result of `pareto`.
        share: Share to reach, more than 0 and at most 1.
        other: Name under which categories are folded together.

    Raises:
        ValueError: The share makes no sense.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share must be more than 0 and at most 1, got {share!r}")
    names: list[str] = []
    for bar in bars:
        if bar.name == other or not bar.value:
            break
        names.append(bar.name)
        if bar.cumulative_share is not None and bar.cumulative_share >= share - _SAME:
            break
    return tuple(names)


def _values(counts: Mapping[str, float], weights: Mapping[str, float] | None) -> dict[str, float]:
    for kind, numbers in (("count", counts), ("weight", weights or {})):
        for name, number in numbers.items():
            if not (math.isfinite(number) and number >= 0):
                raise ValueError(f"the {kind} of {name!r} must be finite and at least 0, got {number!r}")
    if weights is None:
        return dict(counts)
    return {name: count * weights.get(name, 1) for name, count in counts.items()}


def _exact_sum(numbers: Sequence[float]) -> float:
    """Add without rounding error; whole numbers stay whole."""
    return sum(numbers) if all(isinstance(number, int) for number in numbers) else math.fsum(numbers)
