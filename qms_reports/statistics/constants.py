"""The constants of control charts for normal data: d2, d3, c4 and the factors built from them, for n = 2 to 25.

W = range / sigma of n independent normal values, the studentised range, has the distribution
F(w) = n * integral of phi(x) (Phi(x + w) - Phi(x))**(n-1) dx; d2 is its mean and d3 its standard deviation,
E(W) = integral of (1 - F(w)) dw and E(W**2) = integral of 2w (1 - F(w)) dw. c4 is the mean of s / sigma.

Sources: L. H. C. Tippett, "On the extreme individuals and the range of samples taken from a normal population",
Biometrika 17 (1925), 364-387; factors as in D. C. Montgomery, Introduction to Statistical Quality Control, 7th ed.
(2013), sections 6.2 and 6.3 and appendix VI. The integrals are stored to 13 decimals; a test computes them again.
"""

import math
from dataclasses import dataclass
from functools import cache

SMALLEST, LARGEST = 2, 25

# Sizes, each with its d2 and d3.
_STUDENTISED_RANGE = {
    2: (1.1283791670955, 0.8525024664274),
    3: (1.6925687506433, 0.8883680040452),
    4: (2.0587507460079, 0.8798082028250),
    5: (2.3259289472810, 0.8640819410995),
    6: (2.5344127212229, 0.8480396861175),
    7: (2.7043567512138, 0.8332053356223),
    8: (2.8472006120906, 0.8198314897920),
    9: (2.9700263244185, 0.8078342745533),
    10: (3.0775054616703, 0.7970506735194),
    11: (3.1728727038160, 0.7873146205503),
    12: (3.2584552797438, 0.7784783412034),
    13: (3.3359803540983, 0.7704162020638),
    14: (3.4067631082000, 0.7630230956248),
    15: (3.4718268898821, 0.7562114297280),
    16: (3.5319827861096, 0.7499080894099),
    17: (3.5878839617654, 0.7440517839607),
    18: (3.6400637579374, 0.7385908533782),
    19: (3.6889630232077, 0.7334814955189),
    20: (3.7349501195966, 0.7286863457073),
    21: (3.7783358298426, 0.7241733407175),
    22: (3.8193846433628, 0.7199148084342),
    23: (3.8583234232850, 0.7158867354918),
    24: (3.8953481484514, 0.7120681751479),
    25: (3.9306292195071, 0.7084407658887),
}


@cache
def range_mean(size: int, *, exact: bool = True) -> float:
    """Return d2(n), the mean of range / sigma.

    Args:
        size: Number of values n, 2 to 25.
        exact: False rounds to the three decimals of printed tables (1.128 for n = 2), at most 0.05 % off.

    Raises:
        ValueError: There is no d2 for this n.
    """
    mean = _studentised_range(size)[0]
    return mean if exact else round(mean, 3)


def range_deviation(size: int) -> float:
    """Return d3(n), the standard deviation of range / sigma, for n = 2 to 25.

    Raises:
        ValueError: There is no d3 for this n.
    """
    return _studentised_range(size)[1]


@cache
def deviation_mean(size: int) -> float:
    """Return c4(n) = sqrt(2/(n-1)) Gamma(n/2) / Gamma((n-1)/2), the mean of s / sigma, for any n of at least 2.

    Raises:
        ValueError: n is below 2: one value has no standard deviation.
    """
    if size < SMALLEST:
        raise ValueError(f"c4 needs at least {SMALLEST} values, got {size!r}")
    return math.sqrt(2 / (size - 1)) * math.exp(math.lgamma(size / 2) - math.lgamma((size - 1) / 2))


@dataclass(frozen=True, slots=True)
class Factors:
    """Exact three-sigma factors of the charts of subgroups of `n` values, under the names of the textbooks.

    With sigma known: means mu -+ A sigma, ranges D1 sigma to D2 sigma, deviations B5 sigma to B6 sigma. With sigma
    estimated: means -+ A2 Rbar or -+ A3 sbar, ranges D3 Rbar to D4 Rbar, deviations B3 sbar to B4 sbar, single values
    -+ E2 Rbar. Factors of lower limits are never below 0.
    """

    n: int
    d2: float
    d3: float
    c4: float

    @property
    def A(self) -> float:  # noqa: N802 - the name that every table of these factors gives it
        """A = 3 / sqrt(n)."""
        return 3 / math.sqrt(self.n)

    @property
    def A2(self) -> float:  # noqa: N802 - the symbol of the books
        """A2 = 3 / (d2 sqrt(n))."""
        return self.A / self.d2

    @property
    def A3(self) -> float:  # noqa: N802 - the symbol of the books
        """A3 = 3 / (c4 sqrt(n))."""
        return self.A / self.c4

    @property
    def B3(self) -> float:  # noqa: N802 - the symbol of the books
        """B3 = 1 - 3 sqrt(1 - c4**2) / c4, at least 0."""
        return self.B5 / self.c4

    @property
    def B4(self) -> float:  # noqa: N802 - the symbol of the books
        """B4 = 1 + 3 sqrt(1 - c4**2) / c4."""
        return self.B6 / self.c4

    @property
    def B5(self) -> float:  # noqa: N802 - the symbol of the books
        """B5 = c4 - 3 sqrt(1 - c4**2), at least 0."""
        return max(0.0, self.c4 - 3 * math.sqrt(1 - self.c4**2))

    @property
    def B6(self) -> float:  # noqa: N802 - the symbol of the books
        """B6 = c4 + 3 sqrt(1 - c4**2)."""
        return self.c4 + 3 * math.sqrt(1 - self.c4**2)

    @property
    def D1(self) -> float:  # noqa: N802 - the symbol of the books
        """D1 = d2 - 3 d3, at least 0."""
        return max(0.0, self.d2 - 3 * self.d3)

    @property
    def D2(self) -> float:  # noqa: N802 - the symbol of the books
        """D2 = d2 + 3 d3."""
        return self.d2 + 3 * self.d3

    @property
    def D3(self) -> float:  # noqa: N802 - the symbol of the books
        """D3 = 1 - 3 d3 / d2, at least 0."""
        return self.D1 / self.d2

    @property
    def D4(self) -> float:  # noqa: N802 - the symbol of the books
        """D4 = 1 + 3 d3 / d2."""
        return self.D2 / self.d2

    @property
    def E2(self) -> float:  # noqa: N802 - the symbol of the books
        """E2 = 3 / d2."""
        return 3 / self.d2


def factors(size: int) -> Factors:
    """Return the factors for subgroups of n = 2 to 25 values.

    Raises:
        ValueError: There is no d2 for this n.
    """
    mean, deviation = _studentised_range(size)
    return Factors(n=size, d2=mean, d3=deviation, c4=deviation_mean(size))


def _studentised_range(size: int) -> tuple[float, float]:
    try:
        return _STUDENTISED_RANGE[size]
    except KeyError:
        raise ValueError(
            f"d2 and d3 are tabulated for {SMALLEST} to {LARGEST} values, got {size!r}; "
            "use standard deviations for larger subgroups"
        ) from None
