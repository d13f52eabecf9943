"""The reference of the declarations, written from the models: every key, its type, its default and its meaning.

python -m qms_reports.declarations.reference docs/catalogue.md
"""

from __future__ import annotations

import inspect
import re
import sys
import types
import typing
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import annotated_types
import yaml
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from qms_reports.declarations import models
from qms_reports.declarations.expressions import AGGREGATES, FUNCTIONS, PERIOD_COLUMNS, STATES

PARTS: tuple[tuple[str, tuple[type[BaseModel], ...]], ...] = (
    ("Source", (models.Source, models.Format)),
    (
        "Dataset",
        (
            models.Dataset,
            models.ColumnModel,
            models.Derivation,
            models.Rule,
            models.Roles,
            models.Join,
            models.Related,
            models.View,
            models.Quality,
        ),
    ),
    ("KPI", (models.Kpi, models.Exposure, models.Method)),
    ("Scorecard", (models.Scorecard, models.ScorecardItem, models.ScorecardLimits)),
    ("Calendar", (models.Calendar,)),
    ("Theme", (models.Theme, models.ThemeFonts)),
    (
        "Template",
        (
            models.Template,
            models.ParameterModel,
            models.NeededDataset,
            models.PageModel,
            models.SectionModel,
            models.ChartModel,
            models.TableModel,
            models.SentenceModel,
            models.ActionRule,
            models.AppendixModel,
            models.ApprovalModel,
            models.WorkbookModel,
            models.CellFill,
            models.TableFill,
            models.RangeFill,
        ),
    ),
)
"""The models in reading order, under the kind of file that they stand in."""

TITLES: dict[type[BaseModel], str] = {
    models.Source: "Source", models.Format: "Format", models.Dataset: "Dataset", models.ColumnModel: "Column",
    models.Derivation: "Derived column", models.Rule: "Rule", models.Roles: "Roles", models.Join: "Join",
    models.View: "View", models.Quality: "Quality", models.Related: "Related column", models.Kpi: "KPI",
    models.Exposure: "Exposure", models.Method: "Method", models.Scorecard: "Scorecard",
    models.ScorecardItem: "Scorecard item",
    models.ScorecardLimits: "Scorecard limits", models.Calendar: "Calendar", models.Template: "Template",
    models.SectionModel: "Section", models.ChartModel: "Chart", models.TableModel: "Table",
    models.ParameterModel: "Parameter", models.NeededDataset: "Needed dataset", models.PageModel: "Page",
    models.SentenceModel: "Sentence", models.ActionRule: "Action rule", models.AppendixModel: "Appendix",
    models.ApprovalModel: "Approval", models.WorkbookModel: "Workbook", models.CellFill: "Cell",
    models.TableFill: "Filled table", models.RangeFill: "Filled range", models.Theme: "Theme",
    models.ThemeFonts: "Typeface",
}  # fmt: skip

_INTRODUCTION = """\
# Catalogue reference

Written from the models in `qms_reports/declarations/*_models.py` by `make docs`; change it there.

A catalogue is a folder with the sub-folders `calendars/`, `sources/`, `datasets/`, `kpis/`, `scorecards/`,
`themes/` and `templates/`, each holding YAML files. The package ships two, the standard record kinds and KPIs of a
quality system and an example over public data; `QMS_REPORTS_CATALOG` names more folders, and a later declaration of the
same name replaces an earlier one. `qms-reports validate` prints everything that is wrong with them as
`file:line:column`. A key that is not listed here is an error. A *name* has only `a-z`, `0-9` and `_`, begins with a
letter and has at most 60 characters.
"""

_SQL = """\
## SQL

Where the type says SQL, an expression in DuckDB's language stands: columns of the dataset, literals, arithmetic,
comparisons, `and`, `or`, `not`, `in`, `between`, `like`, `is null`, `case` and the functions below. Queries, tables,
windows, files and all other functions are refused before anything runs.

Conditions and derived columns look at one record. Numerators, denominators and the derived columns of a view are
aggregates; `count(*) filter (where …)` may be written, and columns outside an aggregate may not.

Two functions are ours. `local_date(instant, zone)` is the day on which an instant falls in a time zone, for derived
columns. `business_days(from, to, member)` counts the business days after `from` up to and including `to` in the
[calendar](#calendar) of a member such as a site, for KPIs.

| beside the columns | type | what |
|---|---|---|
"""

_MEANING = {
    "period_start": "first day of the period",
    "period_end": "the day after its last",
    "period_last_day": "its last day",
    "period_start_at": "its first instant, UTC, to compare with `timestamp` columns",
    "period_end_at": "the first instant after it, UTC",
    "is_open_at_end": "opened before the period's end and not closed before it (needs the role `opened`)",
    "is_overdue_at_end": "open at the period's end and due before it; due on its last day is not overdue "
    "(needs the roles `opened` and `due`)",
}

_ALIASES = ((models.Name, "name"), (models.Sql, "SQL"), (models.IsoDate, "date or instant"))
_PLAIN: Mapping[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true or false"}
_PLURAL = {"text": "texts", "name": "names", "SQL": "SQL expressions"}


def reference() -> str:
    """The whole reference as Markdown.

    Raises:
        LookupError: A key has no description.
    """
    parts = [_INTRODUCTION]
    for kind, members in PARTS:
        for number, model in enumerate(members):
            parts.append(_model(model, "##" if number == 0 else "###", kind))
    return "\n".join([*parts, _sql()])


def meanings(model: type[BaseModel]) -> dict[str, str]:
    """What the docstring of a model says about each of its keys."""
    text = inspect.cleandoc(model.__doc__ or "").partition("Attributes:\n")[2]
    found: dict[str, str] = {}
    key = ""
    for line in text.splitlines():
        if match := re.fullmatch(r" {4}(\w+): (.*)", line):
            key = match[1]
            found[key] = match[2]
        elif key and line.strip():
            found[key] += " " + line.strip()
    return {key: " ".join(words.replace("``", "`").split()) for key, words in found.items()}


def _model(model: type[BaseModel], level: str, kind: str) -> str:
    summary = inspect.cleandoc(model.__doc__ or "").partition("\n\nAttributes:")[0].replace("``", "`")
    lines = [f"{level} {TITLES[model]}", "", " ".join(summary.split()), ""]
    lines += ["| key | type | default | meaning |", "|---|---|---|---|"]
    said = meanings(model)
    hints = typing.get_type_hints(model, include_extras=True)
    for key, info in model.model_fields.items():
        if key not in said:
            raise LookupError(f"{kind}: the docstring of {model.__name__} does not say what {key} is")
        cells = (f"`{key}`", _words(hints[key]) + _limits(info), _default(info), said[key])
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join([*lines, ""])


def _words(hint: Any) -> str:
    """A type in words; the declared aliases (a name, a date, SQL) are told apart by identity."""
    for alias, words in _ALIASES:
        if hint is alias:
            return words
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint in TITLES:
        return f"[{TITLES[hint]}](#{TITLES[hint].lower().replace(' ', '-')})"
    return _composed(typing.get_origin(hint), typing.get_args(hint))


def _composed(origin: Any, arguments: tuple[Any, ...]) -> str:
    if origin is typing.Annotated:
        patterns = [item.pattern for item in _constraints(arguments[1:]) if hasattr(item, "pattern")]
        return _words(arguments[0]) + "".join(f" that matches `{pattern}`" for pattern in patterns)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_words(part) for part in arguments if part is not type(None))
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin is tuple:
        inner = _words(arguments[0])
        return f"list of {_PLURAL[inner]}" if inner in _PLURAL else f"list: {inner}"
    if origin is dict:
        return f"mapping of {_words(arguments[0])} to {_words(arguments[1])}"
    raise LookupError(f"the reference has no words for a key of type {origin}")


def _constraints(metadata: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for item in metadata:
        found += item.metadata if isinstance(item, FieldInfo) else [item]
    return found


def _limits(info: FieldInfo) -> str:
    low = high = ""
    for item in info.metadata:
        match item:
            case annotated_types.Ge(ge=bound):
                low = f"{bound}"
            case annotated_types.Gt(gt=bound):
                low = f"above {bound}"
            case annotated_types.Le(le=bound):
                high = f"{bound}"
            case _:
                continue
    if low and high:
        return f", {low} to {high}"
    return (f", {low}" if low.startswith("above") else f", at least {low}") if low else ""


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value = info.default
    if isinstance(value, BaseModel):
        return "its defaults"
    if value is None or (isinstance(value, str | tuple | dict) and not value):
        return ""
    shown = list(value) if isinstance(value, tuple) else value
    # A list of one, so that a lone text is written as it would stand behind its key.
    flow = yaml.safe_dump([shown], default_flow_style=True, width=1000).strip()[1:-1]
    return f"`{flow}`"


def _sql() -> str:
    rows = [f"| `{name}` | {kind.lower()} | {_MEANING[name]} |" for name, kind in PERIOD_COLUMNS.items()]
    rows += [f"| `{name}` | boolean | {_MEANING[name]} |" for name in STATES]
    listed = ", ".join(f"`{name}`" for name in sorted(AGGREGATES))
    functions = ", ".join(f"`{name}`" for name in sorted(FUNCTIONS - {"case"}))
    return _SQL + "\n".join([*rows, "", f"**Aggregates**: {listed}.", "", f"**Functions**: {functions}.", ""])


def main(arguments: list[str]) -> int:
    """Write the reference to the named file, or print it."""
    if arguments:
        Path(arguments[0]).write_text(reference(), encoding="utf-8")
    else:
        sys.stdout.write(reference())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
