"""Commands about templates: template list, new, schema, preview."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from qms_reports.commands import template_new, template_preview
from qms_reports.commands.shared import Problem, load

app = typer.Typer(help="Report templates: list, new, schema, preview.", no_args_is_help=True)
app.command("new")(template_new.new)
app.command("preview")(template_preview.preview)


@app.command("list")
def list_templates() -> None:
    """List the templates, what they take and where they are declared; broken ones too."""
    _, catalogue = load()
    broken = {item.name: item for item in catalogue.broken if item.kind == "template"}
    width = max(map(len, (*catalogue.templates, *broken, "")))
    for name in sorted((*catalogue.templates, *broken)):
        if name in broken:
            typer.echo(f"  {name:<{width}}  BROKEN  {broken[name].issues[0]}")
            continue
        template = catalogue.templates[name]
        file = catalogue.origins["template", name].declaration.file
        taken = ", ".join(
            f"{parameter}{' (each)' if model.each else ''}" for parameter, model in template.parameters.items()
        )
        title = f"{template.title}, version {template.version}"
        typer.echo(f"  {name:<{width}}  {template.frequency:<7} {title}  [{file}]")
        if taken:
            typer.echo(f"  {'':<{width}}          takes {taken}")


@app.command("schema")
def write_schema(
    kind: Annotated[str, typer.Argument(help="template, partial, theme, dataset, kpi, kpis, source …")] = "template",
    out: Annotated[Path | None, typer.Option(help="Folder that the schemas of all kinds are written to.")] = None,
) -> None:
    """Print the JSON Schema of a kind of file, or write all of them, for editors that check YAML while it is typed."""
    from qms_reports.declarations import json_schema

    if kind not in json_schema.names():
        raise Problem(f"there is no kind {kind!r}; there are {', '.join(json_schema.names())}")
    if out is None:
        typer.echo(json_schema.text(kind), nl=False)
        return
    for path in json_schema.write(out.expanduser().absolute()):
        typer.echo(path)
