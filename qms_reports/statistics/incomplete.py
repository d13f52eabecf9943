"""Tails of the gamma and beta distributions and their inverses, for shapes of 1 up to tens of millions.

Sources: series and continued fractions of W. H. Press et al., Numerical Recipes, 3rd ed. (2007), sections 6.2 and 6.4
(Abramowitz & Stegun 6.5.29, 6.5.31 and 26.5.8), evaluated by Lentz's method; densities by the saddle-point form of
C. Loader, "Fast and accurate computation of binomial probabilities" (2000), which keeps its precision where differences
of log-gamma values of the order 1e8 would lose it. Inverses by Halley's method on the logarithm of the tail, which is
concave, held inside a bracket. The relative error of the quantiles stays below 1e-11.
"""

import math
from collections.abc import Callable

_TINY = 1e-300
_EPSILON = 2.5e-16
_SERIES_FROM = 16.0
_STEPS = 200
_CLOSE = 1e-5
"""A step of this part of the width: its error, of the third order, is less than that of the tail itself."""
_HALF = 0.5


def gamma_quantile(shape: float, tail: float, start: float, *, upper: bool) -> float:
    """Return the x > 0 beyond which (upper) or below which a gamma variable of scale 1 lies with probability `tail`.

    Args:
        shape: Shape of the distribution, at least 1.
        tail: Probability of the tail, 0 < tail < 1.
        start: First guess.
        upper: Which tail.
    """

    def density(x: float) -> tuple[float, float]:
        return _gamma_kernel(shape, x) / x, (shape - 1) / x - 1

    width = math.sqrt(shape)
    return _invert(
        lambda x: gamma_tail(shape, x, upper=upper), density, tail, (0.0, start, math.inf), width, upper=upper
    )


def beta_quantile(a: float, b: float, tail: float, start: float, *, upper: bool) -> float:
    """Return the x between 0 and 1 beyond which (upper) or below which a beta variable lies with probability `tail`.

    Args:
        a: First shape, at least 1.
        b: Second shape, at least 1.
        tail: Probability of the tail, 0 < tail < 1.
        start: First guess.
        upper: Which tail.
    """

    def density(x: float) -> tuple[float, float]:
        return _beta_kernel(a, b, x) / (x * (1 - x)), (a - 1) / x - (b - 1) / (1 - x)

    width = math.sqrt(a * b / (a + b)) / (a + b)
    return _invert(lambda x: beta_tail(a, b, x, upper=upper), density, tail, (0.0, start, 1.0), width, upper=upper)


def gamma_tail(shape: float, x: float, *, upper: bool) -> float:
    """Return the regularised incomplete gamma function: Q(shape, x) for the upper tail, P(shape, x) for the lower."""
    if x <= 0:
        return 1.0 if upper else 0.0
    by_series = x < shape + 1
    if by_series:
        value = _gamma_kernel(shape, x) * _gamma_series(shape, x)
    else:
        value = _gamma_kernel(shape, x) * _gamma_fraction(shape, x)
    return value if upper != by_series else 1 - value


def beta_tail(a: float, b: float, x: float, *, upper: bool) -> float:
    """Return the regularised incomplete beta function: I_x(a, b) for the lower tail, 1 - I_x(a, b) for the upper."""
    if x <= 0 or x >= 1:
        return 1.0 if (x <= 0) == upper else 0.0
    from_below = x < (a + 1) / (a + b + 2)
    kernel = _beta_kernel(a, b, x)
    value = kernel / a * _beta_fraction(a, b, x) if from_below else kernel / b * _beta_fraction(b, a, 1 - x)
    return value if upper != from_below else 1 - value


def _gamma_kernel(shape: float, x: float) -> float:
    """Return x**shape * exp(-x) / gamma(shape)."""
    exponent = shape * _log1p_minus((x - shape) / shape, x / shape) - _stirling_error(shape)
    return math.sqrt(shape / math.tau) * math.exp(exponent)


def _beta_kernel(a: float, b: float, x: float) -> float:
    """Return x**a * (1-x)**b / beta(a, b)."""
    total = a + b
    difference = x - a / total
    over, under = difference * total / a, -difference * total / b
    exponent = a * _log1p_minus(over, x * total / a) + b * _log1p_minus(under, (1 - x) * total / b)
    exponent += _stirling_error(total) - _stirling_error(a) - _stirling_error(b)
    return math.sqrt(a * b / (math.tau * total)) * math.exp(exponent)


def _log1p_minus(excess: float, ratio: float) -> float:
    """Return log(1 + excess) - excess, where ratio is 1 + excess computed without loss when it is close to 0."""
    return (math.log(ratio) if excess < -_HALF else math.log1p(excess)) - excess


def _stirling_error(z: float) -> float:
    """Return log(gamma(z)) minus Stirling's approximation (z - 1/2) log z - z + log(2 pi)/2."""
    if z < _SERIES_FROM:
        return math.lgamma(z) - (z - 0.5) * math.log(z) + z - 0.5 * math.log(math.tau)
    square = z * z
    return (1 / 12 - (1 / 360 - (1 / 1260 - (1 / 1680 - 1 / (1188 * square)) / square) / square) / square) / z


def _gamma_series(shape: float, x: float) -> float:
    term = total = 1 / shape
    divisor = shape
    while term > total * _EPSILON:
        divisor += 1
        term *= x / divisor
        total += term
    return total


def _gamma_fraction(shape: float, x: float) -> float:
    b = x + 1 - shape
    c, d = 1 / _TINY, 1 / b
    result = d
    step, factor, most = 0, 0.0, _limit(shape)
    while abs(factor - 1) > _EPSILON:
        step += 1
        numerator = -step * (step - shape)
        b += 2
        d = 1 / (numerator * d + b or _TINY)
        c = b + numerator / c or _TINY
        factor = c * d
        result *= factor
        if step > most:
            break
    return result


def _beta_fraction(a: float, b: float, x: float) -> float:
    c = 1.0
    d = 1 / (1 - (a + b) * x / (a + 1) or _TINY)
    result = d
    step, factor, most = 0, 0.0, _limit(max(a, b))
    while abs(factor - 1) > _EPSILON:
        step += 1
        at = a + 2 * step
        even = step * (b - step) * x / ((at - 1) * at)
        d = 1 / (1 + even * d or _TINY)
        c = 1 + even / c or _TINY
        result *= c * d
        odd = -(a + step) * (a + b + step) * x / (at * (at + 1))
        d = 1 / (1 + odd * d or _TINY)
        c = 1 + odd / c or _TINY
        factor = c * d
        result *= factor
        if step > most:
            break
    return result


def _limit(shape: float) -> float:
    """Return a number of terms that is never needed; rounding may keep the last factor a hair away from 1 for ever."""
    return 300 + 30 * math.sqrt(shape)


def _invert(
    tail_at: Callable[[float], float],
    density_at: Callable[[float], tuple[float, float]],
    tail: float,
    bracket: tuple[float, float, float],
    width: float,
    *,
    upper: bool,
) -> float:
    """Solve tail_at(x) = tail for x between the ends of the bracket, beginning at its middle entry.

    `density_at` gives the density and the derivative of its logarithm, `width` is that of the distribution.
    """
    low, x, high = bracket
    end = high
    if not low < x < high:
        x = (low + high) / 2 if high < math.inf else 1.0
    for _ in range(_STEPS):
        value = tail_at(x)
        if (value > tail) == upper:
            low = x
        else:
            high = x
        reach = min(high, 2 * (x + width))
        following = (low + high) / 2 if high < math.inf else reach
        density, bend = density_at(x)
        if value > 0 and density > 0:
            slope = (-density if upper else density) / value  # of the logarithm of the tail
            newton = math.log(value / tail) / slope
            scale = min(x, end - x, width)
            # Near enough, the curvature there is that of the whole step.
            step = newton / (1 - newton * (bend - slope) / 2) if abs(newton) <= scale / 8 else newton
            if low <= x - step <= reach:
                following = x - step
                if abs(newton) <= _CLOSE * scale:
                    return following
        if abs(following - x) <= 4 * _EPSILON * x:
            return following
        x = following
    return x
