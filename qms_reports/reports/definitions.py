"""The definitions page: what each KPI of a report means, in words and as declared."""

from __future__ import annotations

from qms_reports.declarations.models import Kpi
from qms_reports.languages import Language
from qms_reports.reports import wording
from qms_reports.reports.document import Definition


def definition(kpi: Kpi, words: Language) -> Definition:
    """The definition of one KPI."""
    parts = [f"numerator: {kpi.numerator}"] if kpi.numerator else []
    if kpi.method:
        method = kpi.method.model_dump(exclude_none=True)
        parts.append("; ".join(f"{'method' if name == 'name' else name}: {sql}" for name, sql in method.items()))
    if kpi.denominator:
        parts.append(f"denominator: {kpi.denominator}")
    if kpi.exposure:
        found = kpi.exposure
        where = f", filter: {found.filter}" if found.filter else ""
        span = "".join(f", {n}: {v}" for n, v in (("lag", found.lag), ("rolling", found.rolling)) if v)
        parts.append(f"denominator: {found.sql} of {found.dataset} (date: {found.date}{where}{span})")
    if kpi.strata:
        parts.append(f"{kpi.combine} over {', '.join(kpi.strata)}")
    if kpi.transform:
        parts.append(f"transform: {kpi.transform}")
    if kpi.per != 1:
        parts.append(f"per: {kpi.per:.15g}")
    if kpi.filter:
        parts.append(f"filter: {kpi.filter}")
    parts.append(f"date: {kpi.date}")
    if kpi.rolling > 1:
        parts.append(f"rolling: {kpi.rolling}")
    sql = "; ".join(" ".join(part.split()) for part in parts)
    return Definition(
        kpi.kpi,
        kpi.title,
        str(kpi.version),
        ". ".join(filter(None, (kpi.formula, kpi.note))),
        sql,
        wording.limits(kpi, words),
        kpi.source,
        kpi.dataset,
        kpi.code,
    )
