"""JSON Schemas of the declarations, for editors that complete and check YAML while it is typed.

python -m qms_reports.declarations.json_schema docs/schema
"""

from __future__ import annotations

import inspect
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from qms_reports.declarations import models
from qms_reports.declarations.including import partial_model
from qms_reports.declarations.reference import TITLES, meanings

DIALECT = "https://json-schema.org/draft/2020-12/schema"
KINDS: dict[str, type[BaseModel]] = {
    "calendar": models.Calendar, "source": models.Source, "dataset": models.Dataset, "kpi": models.Kpi,
    "kpis": models.KpiList, "scorecard": models.Scorecard, "theme": models.Theme, "template": models.Template,
}  # fmt: skip
"""Name of the schema to its model; ``kpis`` is a file with a list of them, ``partial`` a part of a template."""


def names() -> tuple[str, ...]:
    """The names of all schemas."""
    return (*KINDS, "partial")


def schema(name: str) -> dict[str, Any]:
    """The schema of one kind of file, with the meaning of every key.

    Args:
        name: One of `names`.
    """
    model = partial_model() if name == "partial" else KINDS[name]
    found = model.model_json_schema()
    described: dict[str, type[BaseModel]] = {each.__name__: each for each in TITLES}
    for title, part in (*found.get("$defs", {}).items(), (model.__name__, found)):
        like = models.Template if title == "Partial" else described.get(title)
        if like is not None:
            _describe(part, like)
    found.pop("title", None)
    heading = {"kpis": "Several KPIs in one file", "partial": "Some keys of a template"}
    return {"$schema": DIALECT, "title": heading.get(name) or TITLES[model], **found}


def text(name: str) -> str:
    """The schema of one kind of file as it is shipped."""
    return json.dumps(schema(name), ensure_ascii=False, indent=1) + "\n"


def write(folder: Path) -> list[Path]:
    """Write all schemas into a folder."""
    from qms_reports.store import write_atomically

    paths = [folder / f"{name}.json" for name in names()]
    for name, path in zip(names(), paths, strict=True):
        write_atomically(path, text(name).encode())
    return paths


def _describe(part: dict[str, Any], model: type[BaseModel]) -> None:
    """Put what the docstring says of a model and of its keys into its schema."""
    summary = inspect.cleandoc(model.__doc__ or "").partition("\n\nAttributes:")[0]
    part["description"] = " ".join(summary.replace("``", "`").split())
    part.pop("title", None)
    said = meanings(model)
    for key, value in part.get("properties", {}).items():
        value.pop("title", None)
        if key in said:
            value["description"] = said[key]


def main(arguments: list[str]) -> int:
    """Write the schemas into the named folder, or print that of a template."""
    if arguments:
        write(Path(arguments[0]))
    else:
        sys.stdout.write(text("template"))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
