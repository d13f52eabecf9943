"""The reference of the KPIs, written from the shipped catalogues: formula, clause, direction, traps.

python -m qms_reports.declarations.kpi_reference docs/kpis.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from qms_reports.declarations.catalogue import Catalogue, load_folders
from qms_reports.declarations.models import Kpi
from qms_reports.settings import EXAMPLE_CATALOG, STANDARD_CATALOG

_INTRODUCTION = """\
# KPI reference

Written from the catalogues in `qms_reports/catalog` by `make docs`; change a KPI there, or in your own catalogue.

Targets are the shipped defaults, not regulatory limits. Records voided before the end of a period count in none of its
figures. Proportions have a 95 % Wilson interval, counts and rates an exact Poisson interval.

```sh
qms-reports demo-data --seed 7 --from 2019-01 --to 2025-12 --scale 10000 --out demo_data   # records to try it on
qms-reports take-in demo_data
qms-reports kpi list --domain quality_events
qms-reports kpi run QE-04 --period 2024-05 --by department   # value, parts, interval, trend, signal, status
qms-reports kpi run QE-04 --period 2024-05 --sql             # the compiled SQL
qms-reports kpi new late_capas --dataset capas               # a working definition of your own
qms-reports kpi freeze quality_events_opened --from 2023-01 --to 2024-12 --reason 'stable' --by 'A. Weber'
qms-reports kpi baselines
```
"""

_PARTS = (
    (STANDARD_CATALOG, "The standard record kinds", "Over the record kinds of a quality system."),
    (EXAMPLE_CATALOG, "The example over public data", "Over the public data that are shipped with the package."),
)
_DIRECTIONS = {"up": "higher is better", "down": "lower is better", "target": "nearer to the target is better",
               "none": "neither way is better"}  # fmt: skip


def kpi_reference() -> str:
    """The whole reference as Markdown.

    Raises:
        LookupError: A shipped KPI is broken.
    """
    catalogue = load_folders((STANDARD_CATALOG, EXAMPLE_CATALOG))
    broken = [one.name for one in catalogue.broken if one.kind == "kpi"]
    if broken:
        raise LookupError(f"these KPIs are broken, see qms-reports validate: {', '.join(broken)}")
    parts = [_INTRODUCTION]
    details: list[str] = []
    for folder, title, words in _PARTS:
        kpis = sorted(
            (
                kpi
                for kpi in catalogue.kpis.values()
                if catalogue.origins[("kpi", kpi.kpi)].folder.is_relative_to(folder)
            ),
            key=lambda kpi: (kpi.code or "~", catalogue.domain(kpi), kpi.kpi),
        )
        if kpis:
            parts += [f"## {title}\n", f"{words}\n", *_index(kpis), ""]
            details += [f"## {title}: definitions\n", *(_kpi(catalogue, kpi) for kpi in kpis)]
    return "\n".join([*parts, *details])


def _index(kpis: Iterable[Kpi]) -> list[str]:
    lines = ["| code | KPI | title | unit | better | target | source |", "|---|---|---|---|---|---|---|"]
    for kpi in kpis:
        cells = (kpi.code, f"[`{kpi.kpi}`](#{kpi.kpi})", kpi.title, kpi.unit, _better(kpi), _target(kpi), kpi.source)
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    return lines


def _kpi(catalogue: Catalogue, kpi: Kpi) -> str:
    lines = [
        f"### {kpi.kpi}",
        "",
        f"**{' '.join(filter(None, (kpi.code, kpi.title)))}**: {_line(kpi.formula).removesuffix('.')}.",
        "",
    ]
    lines += ["| | |", "|---|---|"]
    lines += [f"| {name} | {_cell(text)} |" for name, text in _facts(catalogue, kpi) if text]
    if kpi.traps:
        lines += ["", "Ruled out by this definition:", "", *(f"- {_line(trap)}" for trap in kpi.traps)]
    return "\n".join([*lines, ""])


def _facts(catalogue: Catalogue, kpi: Kpi) -> list[tuple[str, str]]:
    dimensions = kpi.dimensions if kpi.dimensions is not None else tuple(catalogue.datasets[kpi.dataset].dimensions)
    return [
        ("kind", kpi.kind + (f" of {kpi.counts}" if kpi.counts else "")),
        ("records", f"`{kpi.dataset}`" + (f" where {_code(kpi.filter)}" if kpi.filter else "")),
        ("in the period by", "the state at its end" if kpi.date == "as_of" else f"`{kpi.date}`"),
        ("numerator", _code(kpi.numerator)),
        ("denominator", _code(kpi.denominator) or _exposure(kpi)),
        ("method", _method(kpi)),
        ("strata", f"each {', '.join(kpi.strata)} alone, then the {kpi.combine}" if kpi.strata else ""),
        ("value", _value(kpi)),
        ("covers", f"{kpi.rolling} periods, ending with the reported one" if kpi.rolling > 1 else ""),
        ("unit", kpi.unit),
        ("direction", _DIRECTIONS[kpi.direction]),
        ("target", _target(kpi)),
        ("least records for a status", f"{kpi.min_denominator}" if kpi.target is not None else ""),
        ("final", f"{kpi.maturity_days} days after the end of the period" if kpi.maturity_days else ""),
        ("due dates", f"the {kpi.due_basis} ones" if kpi.due_basis else ""),
        ("days counted as", "business days" if kpi.calendar == "business_days" else ""),
        ("flat within", f"{kpi.trend_tolerance:g} %"),
        ("control chart", "by its kind" if kpi.control_chart == "auto" else kpi.control_chart),
        ("dimensions", ", ".join(f"`{name}`" for name in dimensions)),
        ("periods", ", ".join(kpi.frequencies)),
        ("source", kpi.source),
        ("note", kpi.note),
        ("version", f"{kpi.version}, `{catalogue.origins[('kpi', kpi.kpi)].declaration.file}`"),
    ]


def _exposure(kpi: Kpi) -> str:
    held = kpi.exposure
    if held is None:
        return ""
    text = f"{_code(held.sql)} of `{held.dataset}` by `{held.date}`"
    text += f" where {_code(held.filter)}" if held.filter else ""
    text += f", {held.lag} period{'s' if held.lag > 1 else ''} earlier" if held.lag else ""
    return text + (f", over {held.rolling} periods" if held.rolling else "")


def _method(kpi: Kpi) -> str:
    method = kpi.method
    if method is None:
        return ""
    parts = [f"{method.name.replace('_', ' ')} of {_code(method.values)}"]
    parts += [f"{name} {_code(text)}" for name, text in (
        ("ended when", method.event), ("lower limit", method.lower_limit), ("upper limit", method.upper_limit),
    ) if text]  # fmt: skip
    return ", ".join([*parts, *([f"in the order of `{method.order}`"] if method.order else [])])


def _value(kpi: Kpi) -> str:
    text = "numerator / denominator" if kpi.has_denominator else ""
    if kpi.per != 1:
        text = f"{text or 'numerator'} × {kpi.per:,.12g}"
    if kpi.transform == "sigma_level":
        text = "normal quantile of 1 - numerator / denominator"
    return text


def _better(kpi: Kpi) -> str:
    return "" if kpi.direction == "none" else kpi.direction


def _target(kpi: Kpi) -> str:
    if kpi.target is None:
        return ""
    if kpi.direction == "target":
        return f"{kpi.target:,.12g} ± {kpi.tolerance or 0:g}" + (f", watch to ± {kpi.warning:g}" if kpi.warning else "")
    sign = "≥" if kpi.direction == "up" else "≤"
    return f"{sign} {kpi.target:,.12g}" + (f", watch to {kpi.warning:,.12g}" if kpi.warning is not None else "")


def _code(sql: str | None) -> str:
    return f"`{_line(sql)}`" if sql else ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")


def main(arguments: list[str]) -> int:
    """Write the reference to the named file, or print it."""
    if arguments:
        Path(arguments[0]).write_text(kpi_reference(), encoding="utf-8")
    else:
        sys.stdout.write(kpi_reference())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
