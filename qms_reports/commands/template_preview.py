"""The command that shows the pages of a template while it is written: template preview."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from qms_reports.commands.shared import Problem, period_named, say, settings_of_environment

if TYPE_CHECKING:
    from qms_reports.previewing.rendering import Preview


def preview(
    file: Annotated[Path, typer.Argument(help="The template's file, in a catalogue or anywhere else.")],
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Show the pages in a browser, again after each save.")] = False,
    period: Annotated[str | None, typer.Option(help="Period; the latest that the data cover, if absent.")] = None,
    parameter: Annotated[list[str] | None, typer.Option(help="Value of a parameter, such as site=Hamburg.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the pages; the home folder's preview/ if absent.")
    ] = None,
) -> None:
    """Build the PDF of one template and draw its pages; with --watch on a page that follows every save."""
    if not file.is_file():
        raise Problem(f"there is no file {file}")
    from qms_reports.editions import given_of
    from qms_reports.previewing.rendering import Renderer

    settings = settings_of_environment()
    try:
        given = given_of(parameter or [])
    except ValueError as error:
        raise Problem(f"--parameter {error}") from None
    asked = period_named(settings, period) if period else None
    target = (out or settings.home / "preview" / file.stem).expanduser().absolute()
    renderer = Renderer(settings, file.absolute(), target, asked, given)
    if not watch:
        with contextlib.closing(renderer):
            _once(renderer.render())
        return
    from qms_reports.previewing.server import serve

    stop = threading.Event()
    with contextlib.suppress(KeyboardInterrupt):
        serve(renderer, lambda address: say(f"{file.name}: {address}   (Ctrl-C ends it)"), stop)


def _once(made: Preview) -> None:
    for issue in made.issues:
        typer.echo(str(issue))
    if made.fault:
        typer.echo(made.fault)
    for path in (*((made.pdf,) if made.pdf else ()), *made.pages):
        typer.echo(str(path))
    if made.remark:
        typer.echo(made.remark)
    if made.pdf is None:
        raise typer.Exit(1)
    typer.echo(f"{made.period}, {made.seconds:.2f} s")
