"""Whether a KPI can be computed by the engine of the installation, at its places in the declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qms_reports.declarations.issues import Issue
from qms_reports.declarations.models import Kpi
from qms_reports.declarations.placed_issues import Found, Path, placed
from qms_reports.declarations.portability import method_not_portable, not_portable
from qms_reports.declarations.references import kpi_types
from qms_reports.settings import EngineName

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin


def check_engine(kpi: Kpi, origin: Origin, found: Found, engine: EngineName) -> list[Issue]:
    """What of a KPI, that is otherwise usable, would not give the same value on an engine.

    Args:
        kpi: The KPI.
        origin: Where it is declared.
        found: The datasets.
        engine: The engine.

    Returns:
        Issues that name the engine and the way out, at the lines of the expressions.
    """
    own = kpi_types(found["dataset"][kpi.dataset], found)
    asked: list[tuple[Path, str | None, bool]] = [
        (("filter",), kpi.filter, False),
        (("numerator",), kpi.numerator, True),
        (("denominator",), kpi.denominator, True),
    ]
    issues = []
    if (method := kpi.method) is not None:
        asked += [(("method", "values"), method.values, False), (("method", "event"), method.event, False)]
        asked += [(("method", key), getattr(method, key), True) for key in ("lower_limit", "upper_limit")]
        issues += [placed(origin, (*origin.path, "method"), problem) for problem in method_not_portable(engine)]
    for path, sql, aggregate in asked:
        for problem in not_portable(sql, own, engine, aggregate=aggregate):
            issues.append(placed(origin, (*origin.path, *path), problem))
    if (exposure := kpi.exposure) is not None:
        other = kpi_types(found["dataset"][exposure.dataset], found)
        for key, sql, aggregate in (("filter", exposure.filter, False), ("sql", exposure.sql, True)):
            for problem in not_portable(sql, other, engine, aggregate=aggregate):
                issues.append(placed(origin, (*origin.path, "exposure", key), problem))
    return issues
