"""Control charts: one entry point for all kinds, with baselines, exclusions, phases and rules.

The kinds, each with formula and source where it is computed:

- `i` `mr` `t`: single values, their moving ranges, times between events (`individuals`)
- `xbar` `r` `s`: means, ranges and standard deviations of subgroups (`subgroups`)
- `p` `np` `c` `u` `p_prime` `u_prime` `g`: counts (`attributes`)
- `ewma` `cusum`: charts with a memory (`time_weighted`)

Phase I estimates the limits from the points themselves, wanted are 20 to 25 and more. Phase II judges new points by
frozen limits; estimating them anew with every new point is the classic mistake (Montgomery, 7th ed., section 5.3.7).
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import NamedTuple, TypeAlias

from qms_reports.statistics import attributes, individuals, subgroups, time_weighted
from qms_reports.statistics.baselines import D2, Baseline, Choices, Lines, Spread
from qms_reports.statistics.observations import PROPORTIONS, Observations, Sizes, Values, observe
from qms_reports.statistics.rules import check_rules, find_signals

Freeze: TypeAlias = int | Baseline | None

# Sums remember: neighbouring points depend on each other, so only the limits tell something.
_RULES_WITH_MEMORY = ("N1", "WE1")


class _Kind(NamedTuple):
    estimate: Callable[[Observations, Choices], Baseline]
    draw: Callable[[Observations, Baseline, Choices, Sequence[int]], Lines]
    takes_target: bool = True
    takes_sigma: bool = False
    has_memory: bool = False


_KINDS = {
    "i": _Kind(individuals.estimate_individuals, individuals.draw_individuals, takes_sigma=True),
    "mr": _Kind(
        individuals.estimate_moving_ranges, individuals.draw_moving_ranges, takes_target=False, takes_sigma=True
    ),
    "xbar": _Kind(subgroups.estimate_subgroups, subgroups.draw_means, takes_sigma=True),
    "r": _Kind(subgroups.estimate_subgroups, subgroups.draw_ranges, takes_target=False, takes_sigma=True),
    "s": _Kind(subgroups.estimate_subgroups, subgroups.draw_deviations, takes_target=False, takes_sigma=True),
    "p": _Kind(attributes.estimate_rate, attributes.draw_rate),
    "np": _Kind(attributes.estimate_rate, attributes.draw_nonconforming),
    "c": _Kind(attributes.estimate_count, attributes.draw_count),
    "u": _Kind(attributes.estimate_rate, attributes.draw_rate),
    "p_prime": _Kind(attributes.estimate_overdispersed_rate, attributes.draw_rate),
    "u_prime": _Kind(attributes.estimate_overdispersed_rate, attributes.draw_rate),
    "t": _Kind(individuals.estimate_times, individuals.draw_times, takes_target=False),
    "g": _Kind(attributes.estimate_count, attributes.draw_count),
    "ewma": _Kind(time_weighted.estimate_target, time_weighted.draw_ewma, takes_sigma=True, has_memory=True),
    "cusum": _Kind(time_weighted.estimate_target, time_weighted.draw_cusum, takes_sigma=True, has_memory=True),
}
KINDS = tuple(_KINDS)


@dataclass(frozen=True, slots=True)
class ControlChart:
    """A control chart; every tuple of numbers has one entry per point, NaN where there is none.

    Attributes:
        kind: Kind of chart.
        points: The plotted statistic (for cusum the upper sums).
        center: Centre line.
        lower: Lower control limit.
        upper: Upper control limit.
        sigma: Standard deviation of each point: limits are centre -+ 3 sigma (ewma: -+ width sigma) where nothing is
            cut off. For t that of the transformed times; for cusum 1.
        signals: Rule -> positions of the last points of its patterns, 0-based and rising, for each rule in force.
        rules: Rules in force; of the rules asked for, ewma and cusum apply those of single points only.
        excluded: Position -> reason of the points that were left out by decision.
        missing: Positions at which nothing was observed.
        baselines: What the limits rest on, one per phase.
        phases: Position at which each phase begins; the first is 0.
        lower_points: For cusum the lower sums, drawn downwards; otherwise empty.
    """

    kind: str
    points: tuple[float, ...]
    center: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    sigma: tuple[float, ...]
    signals: Mapping[str, tuple[int, ...]]
    rules: tuple[str, ...]
    excluded: Mapping[int, str]
    missing: tuple[int, ...]
    baselines: tuple[Baseline, ...]
    phases: tuple[int, ...]
    lower_points: tuple[float, ...] = ()

    @property
    def baseline(self) -> Baseline:
        """What the limits of the latest phase rest on; give it as `freeze` to judge later points by."""
        return self.baselines[-1]

    @property
    def sigma_z(self) -> float | None:
        """Laney's factor of the latest phase; None for charts other than p_prime and u_prime."""
        return self.baseline.sigma_z

    @property
    def signalled(self) -> tuple[int, ...]:
        """The positions that any rule signals, each once."""
        return tuple(sorted({position for positions in self.signals.values() for position in positions}))


def control_chart(
    kind: str,
    values: Values,
    sizes: Sizes = None,
    *,
    freeze: Freeze | Sequence[Freeze] = None,
    exclude: Collection[int] | Mapping[int, str] = (),
    rules: Iterable[str] = ("N1", "N2"),
    screened: bool = False,
    target: float | None = None,
    sigma: float | None = None,
    spread: Spread | None = None,
    d2: D2 = "printed",
    ewma_lambda: float = 0.2,
    ewma_width: float = 3.0,
    exact_limits: bool = True,
    cusum_k: float = 0.5,
    cusum_h: float = 5.0,
    phases: Sequence[int] = (),
) -> ControlChart:
    """Compute a control chart.

    Points that are excluded or missing are not estimated from, never signal, and rules and moving ranges pass over
    them as if they were not there; excluded points are still plotted. Rules, moving ranges and sums begin anew with
    each phase.

    Args:
        kind: One of `KINDS`.
        values: Single values (i, mr, ewma, cusum), times (t), counts (p, np, c, u, p_prime, u_prime; g: between
            events), or a sequence of subgroups (xbar, r, s). None where nothing was observed.
        sizes: Sample sizes (p, np, p_prime) or exposures (u, u_prime), one for each value or one for all. Nothing was
            observed where the size is 0 or None.
        freeze: The baseline: the number of first points to estimate from (Phase II after them), or a `Baseline`
            from an earlier chart or a standard; None estimates from all points (Phase I). With phases, one entry
            for each phase.
        exclude: 0-based positions to leave out, or position -> reason.
        rules: Rules to apply, see `rules.RULES`; the default, limits and nine on one side, is cautious.
        screened: Drop moving ranges above their own limit once before taking their mean (i, mr, t, p_prime, u_prime,
            ewma, cusum; qicharts2 once did so by default).
        target: Centre line to use instead of the estimate: mean, proportion (also for np), rate or count.
        sigma: Standard deviation of single values to use instead of the estimate (i, mr, xbar, r, s); for ewma and
            cusum that of the plotted values.
        spread: How sigma is estimated within subgroups: "range", "deviation" or "weighted", see `subgroups`.
        d2: "printed" takes d2 with the three decimals of the books, so that limits equal those of Minitab, R's qcc and
            printed examples; "exact" differs from it by at most 0.05 %.
        ewma_lambda: Weight of the newest value, above 0 and at most 1.
        ewma_width: Width L of the limits in sigma.
        exact_limits: Limits of ewma that widen from the start; False for the asymptotic ones.
        cusum_k: Slack in sigma, half the shift to be found.
        cusum_h: Decision interval in sigma.
        phases: 0-based positions at which a new phase begins.

    Raises:
        ValueError: Values, sizes or options do not fit the kind of chart; the message says what is wrong.
    """
    choices = _checked(
        Choices(kind, target, sigma, spread, d2, screened, ewma_lambda, ewma_width, exact_limits, cusum_k, cusum_h)
    )
    chosen = _KINDS[kind]
    asked = check_rules(rules)
    in_force = tuple(rule for rule in asked if rule in _RULES_WITH_MEMORY) if chosen.has_memory else asked
    observed = observe(kind, values, sizes)
    count = len(observed.values)
    excluded = _exclusions(exclude, count)
    starts = _starts(phases, count)
    missing = tuple([at for at, value in enumerate(observed.values) if math.isnan(value)])
    left_out = {*excluded, *missing}
    parts: list[Lines] = []
    baselines: list[Baseline] = []
    signals: dict[str, tuple[int, ...]] = dict.fromkeys(in_force, ())
    for start, end, frozen in zip(starts, (*starts[1:], count), _per_phase(freeze, starts), strict=True):
        part = observed.at(range(start, end)) if len(starts) > 1 else observed
        used = [at for at in range(end - start) if start + at not in left_out]
        base = _baseline(frozen, part, used, choices, start)
        lines = chosen.draw(part, base, choices, used)
        for rule, positions in _signals(in_force, lines, used).items():
            signals[rule] += tuple([start + at for at in positions])
        baselines.append(base)
        parts.append(lines)
    return ControlChart(
        kind=kind,
        points=tuple(chain.from_iterable(lines.points for lines in parts)),
        center=tuple(chain.from_iterable(lines.center for lines in parts)),
        lower=tuple(chain.from_iterable(lines.lower for lines in parts)),
        upper=tuple(chain.from_iterable(lines.upper for lines in parts)),
        sigma=tuple(chain.from_iterable(lines.sigma for lines in parts)),
        signals=signals,
        rules=in_force,
        excluded=excluded,
        missing=missing,
        baselines=tuple(baselines),
        phases=starts,
        lower_points=tuple(chain.from_iterable(lines.lower_points for lines in parts)),
    )


def _baseline(frozen: Freeze, part: Observations, used: Sequence[int], choices: Choices, start: int) -> Baseline:
    """Return the baseline given, or estimate it from the used points of the phase."""
    if isinstance(frozen, Baseline):
        return _checked_baseline(frozen, choices)
    count = len(part.values)
    if frozen is not None and not 1 <= frozen <= count:
        raise ValueError(f"freeze is {frozen}, but there are {count} points to take a baseline from")
    basis = [at for at in used if frozen is None or at < frozen]
    known = choices.sigma is not None and (choices.target is not None or not _KINDS[choices.kind].takes_target)
    needed = 1 if known else 2
    if len(basis) < needed:
        raise ValueError(f"{len(basis)} points to take a baseline from are too few; at least {needed} are needed")
    estimated = _KINDS[choices.kind].estimate(part.at(basis), choices)
    return replace(estimated, positions=tuple([start + at for at in basis]))


def _signals(rules: Sequence[str], lines: Lines, used: Sequence[int]) -> dict[str, tuple[int, ...]]:
    """Return the signals among the used points; the first moving range has no score and is passed over."""
    judged = [at for at in used if not math.isnan(lines.scores[at])]
    found = find_signals(
        rules,
        [lines.scores[at] for at in judged],
        [lines.points[at] for at in judged],
        [lines.sigma[at] for at in judged],
    )
    return {rule: tuple([judged[index] for index in positions]) for rule, positions in found.items()}


def _checked(choices: Choices) -> Choices:
    """Refuse options that make no sense for the kind of chart."""
    kind = _KINDS.get(choices.kind)
    if kind is None:
        raise ValueError(f"there is no chart {choices.kind!r}; there are {', '.join(KINDS)}")
    if choices.target is not None:
        if not kind.takes_target:
            raise ValueError(f"the chart {choices.kind!r} takes no target")
        _check_center(choices.kind, choices.target, "target")
    if choices.sigma is not None:
        if not kind.takes_sigma:
            raise ValueError(f"the chart {choices.kind!r} takes no sigma: it follows from the counts or times")
        _check_above_zero(choices.sigma, "sigma")
    if choices.spread not in {None, "range", "deviation", "weighted"}:
        raise ValueError(f"spread is 'range', 'deviation' or 'weighted', got {choices.spread!r}")
    if choices.d2 not in {"printed", "exact"}:
        raise ValueError(f"d2 is 'printed' or 'exact', got {choices.d2!r}")
    if not 0 < choices.ewma_lambda <= 1:
        raise ValueError(f"ewma_lambda lies above 0 and is at most 1, got {choices.ewma_lambda!r}")
    _check_above_zero(choices.ewma_width, "ewma_width")
    _check_above_zero(choices.cusum_h, "cusum_h")
    if not (math.isfinite(choices.cusum_k) and choices.cusum_k >= 0):
        raise ValueError(f"cusum_k is at least 0, got {choices.cusum_k!r}")
    return choices


def _checked_baseline(base: Baseline, choices: Choices) -> Baseline:
    """Refuse a baseline that belongs to another chart, or that an option would contradict."""
    if base.kind != choices.kind:
        raise ValueError(f"the baseline is for a chart {base.kind!r}, not {choices.kind!r}")
    if choices.target is not None or choices.sigma is not None:
        raise ValueError("a baseline already holds centre and sigma; give no target or sigma with it")
    _check_center(base.kind, base.center, "the centre of the baseline")
    for name, value in (("sigma", base.sigma), ("sigma_z", base.sigma_z)):
        if value is not None and not (math.isfinite(value) and value >= 0):
            raise ValueError(f"{name} of the baseline is at least 0, got {value!r}")
    if base.kind.endswith("_prime") and base.sigma_z is None:
        raise ValueError(f"a baseline of the chart {base.kind!r} needs sigma_z")
    return base


def _check_center(kind: str, center: float, name: str) -> None:
    if not math.isfinite(center):
        raise ValueError(f"{name} is {center!r}, not a finite number")
    if kind in PROPORTIONS and not 0 <= center <= 1:
        raise ValueError(f"{name} of the chart {kind!r} is a proportion from 0 to 1, got {center!r}")
    if kind in {"c", "u", "u_prime", "g"} and center < 0:
        raise ValueError(f"{name} of the chart {kind!r} is at least 0, got {center!r}")


def _check_above_zero(value: float, name: str) -> None:
    if not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} lies above 0, got {value!r}")


def _exclusions(exclude: Collection[int] | Mapping[int, str], count: int) -> dict[int, str]:
    """Return position -> reason in rising order, empty where no reason is given."""
    reasons = dict(exclude) if isinstance(exclude, Mapping) else dict.fromkeys(exclude, "")
    for position in reasons:
        if not 0 <= position < count:
            raise ValueError(f"cannot exclude position {position}: there are points 0 to {count - 1}")
    return dict(sorted(reasons.items()))


def _starts(phases: Sequence[int], count: int) -> tuple[int, ...]:
    starts = (0, *phases)
    if any(not before < after < count for before, after in pairwise(starts)):
        raise ValueError(f"phases begin at rising positions from 1 to {count - 1}, got {tuple(phases)!r}")
    return starts


def _per_phase(freeze: Freeze | Sequence[Freeze], starts: Sequence[int]) -> Sequence[Freeze]:
    frozen = [freeze] if isinstance(freeze, (int, Baseline)) else [None] * len(starts) if freeze is None else freeze
    if len(frozen) != len(starts):
        raise ValueError(f"there are {len(starts)} phases; give freeze for each of them, got {len(frozen)}")
    return frozen
