"""What a control chart is given, checked and brought into one form: values with their sample sizes, or subgroups."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

SUBGROUPS = ("xbar", "r", "s")
PROPORTIONS = ("p", "np", "p_prime")
RATES = ("u", "u_prime")
COUNTS = (*PROPORTIONS, *RATES, "c", "g")

Values: TypeAlias = Sequence[float | None] | Sequence[Sequence[float] | None]
Sizes: TypeAlias = float | Sequence[float | None] | None


@dataclass(frozen=True, slots=True)
class Observations:
    """One entry per point of the chart.

    Attributes:
        values: Single values, counts or means of subgroups; NaN where nothing was observed.
        sizes: Sample sizes, exposures or numbers of values of subgroups; empty for kinds without.
        ranges: Largest minus smallest value of each subgroup; empty for other kinds.
        deviations: Standard deviations (n - 1) of the subgroups, NaN for single values; empty for other kinds.
    """

    values: tuple[float, ...]
    sizes: tuple[float, ...] = ()
    ranges: tuple[float, ...] = ()
    deviations: tuple[float, ...] = ()

    def at(self, positions: Sequence[int]) -> "Observations":
        """Return the observations at these positions."""
        return Observations(
            *(
                tuple([column[position] for position in positions]) if column else ()
                for column in (self.values, self.sizes, self.ranges, self.deviations)
            )
        )


def observe(kind: str, values: Values, sizes: Sizes) -> Observations:
    """Check what is to be charted.

    Raises:
        ValueError: The values or sizes do not fit the kind of chart; the message names the position, counted from 0.
    """
    if len(values) == 0:
        raise ValueError("there are no values to chart")
    if kind in SUBGROUPS:
        _refuse_sizes(kind, sizes, "the sizes are the numbers of values in the subgroups")
        return _subgroups(kind, values)
    numbers = [_number(value, position) for position, value in enumerate(values)]
    if kind in COUNTS:
        _check_counts(numbers)
    if kind == "t":
        _check_times(numbers)
    if kind in PROPORTIONS or kind in RATES:
        return _with_sizes(kind, numbers, sizes)
    if kind == "c" and sizes is not None:
        if len(set(_spread_out(sizes, len(numbers)))) > 1:
            raise ValueError("a c chart needs samples of one size; use a u chart for unequal sizes")
    else:
        _refuse_sizes(kind, sizes, "it has no sample sizes")
    return Observations(values=tuple(numbers))


def _refuse_sizes(kind: str, sizes: Sizes, why: str) -> None:
    if sizes is not None:
        raise ValueError(f"the chart {kind!r} takes no sizes: {why}")


def _number(value: object, position: int) -> float:
    """Return a finite number, or NaN for None."""
    if value is None:
        return math.nan
    try:
        number = float(value)  # type: ignore[arg-type]  # whatever counts as a number does
    except (TypeError, ValueError):
        raise ValueError(f"value {position} is {value!r}, not a number") from None
    if not math.isfinite(number):
        raise ValueError(f"value {position} is {number}; give None where nothing was observed")
    return number


def _check_counts(numbers: Iterable[float]) -> None:
    for position, number in enumerate(numbers):
        if number < 0:
            raise ValueError(f"value {position} is {number:g}: a count cannot be negative")
        if not math.isnan(number) and not number.is_integer():
            raise ValueError(f"value {position} is {number:g}: give counts, which are whole, not rates")


def _check_times(numbers: Iterable[float]) -> None:
    for position, number in enumerate(numbers):
        if number <= 0:
            raise ValueError(
                f"value {position} is {number:g}: a t chart needs times above 0; "
                "measure them in finer units, or use a g chart of the number between events"
            )


def _spread_out(sizes: float | Sequence[float | None], count: int) -> list[float]:
    """Return one finite size per point, 0 for None."""
    given = sizes if isinstance(sizes, Iterable) else [sizes] * count
    listed = [0.0 if size is None else float(size) for size in given]
    if len(listed) != count:
        raise ValueError(f"{count} values but {len(listed)} sizes")
    for position, size in enumerate(listed):
        if not math.isfinite(size) or size < 0:
            raise ValueError(f"size {position} is {size:g}: sizes are finite and not negative")
    return listed


def _with_sizes(kind: str, counts: list[float], sizes: Sizes) -> Observations:
    """Return counts with sizes; nothing was observed in a sample of size 0."""
    if sizes is None:
        raise ValueError(f"the chart {kind!r} needs the sample sizes")
    listed = _spread_out(sizes, len(counts))
    if kind == "np" and (len(set(listed)) > 1 or listed[0] == 0):
        raise ValueError("an np chart needs samples of one size above 0; use a p chart for unequal sizes")
    for position, (count, size) in enumerate(zip(counts, listed, strict=True)):
        if kind in PROPORTIONS and not size.is_integer():
            raise ValueError(f"size {position} is {size:g}: a sample is a whole number of units")
        if count > size and (size == 0 or kind in PROPORTIONS):
            raise ValueError(f"value {position} is {count:g} out of {size:g}: more than were looked at")
    observed = [count if size else math.nan for count, size in zip(counts, listed, strict=True)]
    return Observations(values=tuple(observed), sizes=tuple(listed))


def _subgroups(kind: str, groups: Values) -> Observations:
    """Return means, numbers, ranges and standard deviations of subgroups."""
    means, sizes, ranges, deviations = [], [], [], []
    for position, group in enumerate(groups):
        numbers = [] if group is None else _members(kind, group, position)
        size = len(numbers)
        middle = math.fsum(numbers) / size if size else math.nan
        extent = max(numbers) - min(numbers) if size else math.nan
        means.append(middle)
        sizes.append(float(size))
        ranges.append(extent)
        if size > 1:
            # Equal values do not deviate, whatever rounding does to their mean.
            squares = math.fsum([(number - middle) ** 2 for number in numbers]) if extent else 0.0
            deviations.append(math.sqrt(squares / (size - 1)))
        else:
            deviations.append(math.nan)
        if size == 1 and kind != "xbar":
            raise ValueError(f"subgroup {position} has one value: ranges and deviations need two")
    return Observations(tuple(means), tuple(sizes), tuple(ranges), tuple(deviations))


def _members(kind: str, group: object, position: int) -> list[float]:
    """Return the values of a subgroup as finite numbers."""
    if isinstance(group, (str, bytes, int, float)):
        message = f"value {position} is {group!r}; the chart {kind!r} takes a sequence of subgroups"
        raise ValueError(message)  # noqa: TRY004 - every misfit of the data is a ValueError
    try:
        numbers = [float(value) for value in group]  # type: ignore[attr-defined]  # told from the rest by trying
    except (TypeError, ValueError):
        raise ValueError(f"subgroup {position} is {group!r}; leave out what was not measured") from None
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"subgroup {position} is {group!r}; leave out what was not measured")
    return numbers
