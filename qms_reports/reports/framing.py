"""The frame of a report: paper, look, cover, classification, distribution, retention, approvals, cut-off."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from qms_reports.charts.filling import Filling
from qms_reports.declarations.catalogue import Catalogue
from qms_reports.declarations.models import Template
from qms_reports.reports.document import Approval, PageSetup, Report, Theme


def framed(report: Report, filling: Filling, template: Template, parameters: Mapping[str, Any]) -> Report:
    """A report with the frame that its template declares.

    Args:
        report: The report.
        filling: For the language.
        template: The declaration, its text filled in.
        parameters: Every parameter of the template with its value.
    """
    words = filling.language
    return replace(
        report,
        language=words.tag,
        arguments=tuple((name, str(value)) for name, value in sorted(parameters.items()) if value is not None),
        parameters=tuple(
            (template.parameters[name].title or name.replace("_", " ").capitalize(), str(value))
            for name, value in parameters.items()
            if value is not None
        ),
        cover=template.cover,
        page=PageSetup(template.page.size, template.page.orientation),
        theme=theme_of(filling.catalogue, template),
        classification=template.classification,
        prepared_by=template.prepared_by,
        distribution=template.distribution,
        retention=template.retention,
        approvals=tuple(
            Approval(words.text(f"document.{line.meaning}"), line.role, line.name) for line in template.approvals
        ),
    )


def theme_of(catalogue: Catalogue, template: Template) -> Theme:
    """A template's theme with its files; the house style if it declares none."""
    if not template.theme:
        return Theme()
    declared, folder = catalogue.themes[template.theme], catalogue.origins[("theme", template.theme)].folder
    fonts = declared.fonts.model_dump() if declared.fonts else {}
    return Theme(
        name=declared.theme,
        primary=declared.primary,
        series=declared.series,
        logo=(folder / declared.logo).read_bytes() if declared.logo else b"",
        logo_alt=declared.logo_alt,
        fonts=tuple((weight, str(folder / name)) for weight, name in sorted(fonts.items()) if name),
    )


def theme_entries(theme: Theme) -> list[tuple[str, str]]:
    """Name and SHA-256 of the files of a theme, for the provenance."""
    files = [("logo", theme.logo)] if theme.logo else []
    files += [(f"font {weight}", Path(path).read_bytes()) for weight, path in theme.fonts]
    return [(f"theme {theme.name}, {name}", hashlib.sha256(content).hexdigest()) for name, content in files]


def cutoff_label(filling: Filling) -> str:
    """The data cut-off as printed, in the site's time zone."""
    moment = filling.session.cutoff
    local = moment.astimezone(filling.settings.zone)
    zone = filling.settings.time_zone
    day = filling.language.date(local.date())
    if local.time() == dt.time(0):
        return f"{day} ({zone})"
    if local.time() >= dt.time(23, 59, 59):  # "known at a day" includes that whole day
        return filling.language.text("document.end_of_day", day=day, zone=zone)
    return f"{day} {local:%H:%M} ({zone})"
