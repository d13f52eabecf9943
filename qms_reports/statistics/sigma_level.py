"""Defects per million opportunities, yields and the sigma level.

Sources: F. W. Breyfogle, Implementing Six Sigma, 2nd ed. (2003), chapter 9; American Society for Quality, Six Sigma
body of knowledge (DPU, DPMO, throughput and rolled throughput yield, process sigma levels).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from qms_reports.statistics.intervals import clopper_pearson

MILLION = 1_000_000
SHIFT = 1.5


@dataclass(frozen=True, slots=True)
class SigmaLevel:
    """Defects per million opportunities and what follows from them, with exact confidence limits.

    A sigma level is None where it is infinite: no defects, or nothing but defects.

    Attributes:
        defects: Defects found.
        opportunities: Units times opportunities per unit.
        dpmo: Defects per million opportunities.
        dpmo_lower: Lower confidence limit.
        dpmo_upper: Upper confidence limit.
        z: Sigma level, with the shift if one was asked for.
        z_lower: Lower confidence limit, from the upper limit of the defects.
        z_upper: Upper confidence limit, from the lower limit of the defects.
        shift: What was added to the sigma level: 0, or 1.5 if asked for.
        confidence: Confidence level.
    """

    defects: int
    opportunities: int
    dpmo: float
    dpmo_lower: float
    dpmo_upper: float
    z: float | None
    z_lower: float | None
    z_upper: float | None
    shift: float
    confidence: float


def sigma_level(
    defects: int, units: int, opportunities: int = 1, *, shifted: bool = False, confidence: float = 0.95
) -> SigmaLevel:
    """Return defects per million opportunities and the sigma level.

    DPMO = 1e6 D / (U O); Z = inverse normal of (1 - DPMO / 1e6), with 1.5 added only if `shifted`: that sum assumes a
    drift of the mean by 1.5 standard deviations which nobody measured, and has to be declared wherever it is shown.
    The limits are exact (Clopper-Pearson), each opportunity being a trial.

    Args:
        defects: Defects D, at most units x opportunities.
        units: Units inspected U, at least 1.
        opportunities: Opportunities for a defect in each unit O, at least 1.
        shifted: Whether to add 1.5.
        confidence: Confidence level, between 0 and 1.

    Raises:
        ValueError: The counts or the level make no sense.
    """
    if units < 1 or opportunities < 1:
        raise ValueError(f"units and opportunities must be at least 1, got {units!r} and {opportunities!r}")
    trials = units * opportunities
    lower, upper = clopper_pearson(defects, trials, confidence)
    shift = SHIFT if shifted else 0.0
    return SigmaLevel(
        defects=defects,
        opportunities=trials,
        dpmo=MILLION * defects / trials,
        dpmo_lower=MILLION * lower,
        dpmo_upper=MILLION * upper,
        z=_sigmas(defects / trials, shift),
        z_lower=_sigmas(upper, shift),
        z_upper=_sigmas(lower, shift),
        shift=shift,
        confidence=confidence,
    )


def dpmo_of_sigma(z: float, *, shifted: bool = False) -> float:
    """Return the defects per million opportunities at a sigma level: 1e6 (1 - F(z)), F the normal distribution.

    Args:
        z: Sigma level.
        shifted: Whether it has 1.5 in it; six sigma then means 3.4 and not 0.00099 defects per million.
    """
    return MILLION * math.erfc((z - (SHIFT if shifted else 0.0)) / math.sqrt(2)) / 2


def first_pass_yield(good: int, started: int) -> float | None:
    """Return the share of started units that are good without rework; None if none was started.

    Args:
        good: Units good at the first attempt.
        started: Units started.

    Raises:
        ValueError: The counts make no sense.
    """
    if not 0 <= good <= started:
        raise ValueError(f"good must be from 0 to {started!r} (started), got {good!r}")
    return good / started if started else None


def throughput_yield(defects: int, units: int) -> float:
    """Return the share of units expected without any defect, exp(-D/U), if defects fall on units by chance (Poisson).

    Args:
        defects: Defects D.
        units: Units U, at least 1.

    Raises:
        ValueError: The counts make no sense.
    """
    if defects < 0 or units < 1:
        raise ValueError(f"defects must be at least 0 and units at least 1, got {defects!r} and {units!r}")
    return math.exp(-defects / units)


def rolled_throughput_yield(yields: Sequence[float | None]) -> float | None:
    """Return the share expected to pass all steps at the first attempt: the product of the yields of the steps.

    Never the mean of the yields. None if a step has no yield (nothing started), for the product is not known then.

    Args:
        yields: First pass yield of each step, 0 to 1.

    Raises:
        ValueError: There is no step, or a yield is out of range.
    """
    known = [step for step in yields if step is not None]
    if not yields or not all(0 <= step <= 1 for step in known):
        raise ValueError(f"there must be at least one yield, each from 0 to 1, got {yields!r}")
    return math.prod(known) if len(known) == len(yields) else None


def normalised_yield(rolled: float, steps: int) -> float:
    """Return the yield that each of so many equal steps would have: the root of the rolled throughput yield.

    Args:
        rolled: Rolled throughput yield, 0 to 1.
        steps: Number of steps, at least 1.

    Raises:
        ValueError: The arguments make no sense.
    """
    if not 0 <= rolled <= 1 or steps < 1:
        raise ValueError(f"a yield from 0 to 1 and at least 1 step are needed, got {rolled!r} and {steps!r}")
    return math.pow(rolled, 1 / steps)


def _sigmas(share: float, shift: float) -> float | None:
    # The lower tail is exact for small shares, where 1 - share would lose its digits.
    return shift - NormalDist().inv_cdf(share) if 0 < share < 1 else None
