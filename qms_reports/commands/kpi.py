"""Commands about single KPIs: list, run, new, freeze, withdraw, baselines."""

from __future__ import annotations

import typer

from qms_reports.commands import kpi_limits, kpi_new, kpi_run

app = typer.Typer(
    help="Look at, add and judge single KPIs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("list")(kpi_run.list_kpis)
app.command("run")(kpi_run.run)
app.command("new")(kpi_new.new)
app.command("freeze")(kpi_limits.freeze)
app.command("withdraw")(kpi_limits.withdraw)
app.command("baselines")(kpi_limits.list_baselines)
