"""Whether the files of a theme are there, and whether its colours can be read."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from qms_reports.declarations.chart_checks import colour_issues
from qms_reports.declarations.colours import contrast
from qms_reports.declarations.issues import Issue, Severity
from qms_reports.declarations.models import Theme
from qms_reports.declarations.placed_issues import Found, Path, issue_at

if TYPE_CHECKING:
    from qms_reports.declarations.catalogue import Origin

LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""
MAX_LOGO = 1_000_000
_PNG = b"\x89PNG\r\n\x1a\n"
_TRUETYPE = (b"\x00\x01\x00\x00", b"true", b"OTTO")


def check_theme(theme: Theme, origin: Origin, found: Found, broken: dict[Any, list[str]]) -> list[Issue]:
    """Files must be there and of their kind, white must stand out from the primary colour."""
    del found, broken
    issues: list[Issue] = []
    if (contrast_of := contrast(theme.primary)) < LEAST_CONTRAST:
        message = (
            f"white text on {theme.primary} has a contrast of {contrast_of:.1f}:1, and {LEAST_CONTRAST}:1 is needed"
        )
        issues.append(issue_at(origin, ("primary",), message, "take a darker colour", code="charts.contrast"))
    issues += colour_issues(origin, ("series",), theme.series)
    if theme.logo:
        issues += _logo(theme, origin)
    fonts: dict[str, str] = theme.fonts.model_dump() if theme.fonts else {}
    for weight, name in fonts.items():
        path: Path = ("fonts", weight)
        if name and not issues_of_file(origin, path, name, issues):
            with (origin.folder / name).open("rb") as file:
                start = file.read(4)
            if start not in _TRUETYPE[:2]:
                issues.append(
                    issue_at(
                        origin, path, f"'{name}' is no TrueType file", "give a .ttf file", code="structure.theme_file"
                    )
                )
    return issues


def _logo(theme: Theme, origin: Origin) -> list[Issue]:
    issues: list[Issue] = []
    if issues_of_file(origin, ("logo",), theme.logo, issues):
        return issues
    file = origin.folder / theme.logo
    if (size := file.stat().st_size) > MAX_LOGO:
        message = f"'{theme.logo}' has {size:,} bytes; the limit is {MAX_LOGO:,}"
        issues.append(issue_at(origin, ("logo",), message, "save it smaller", code="structure.theme_file"))
    with file.open("rb") as opened:
        if opened.read(len(_PNG)) != _PNG:
            issues.append(
                issue_at(origin, ("logo",), f"'{theme.logo}' is no PNG", "convert it", code="structure.theme_file")
            )
    if not theme.logo_alt:
        message = "a reader who cannot see the logo is not told what it shows"
        issues.append(issue_at(origin, ("logo",), message, "add logo_alt", Severity.WARNING, code="structure.logo_alt"))
    return issues


def issues_of_file(origin: Origin, path: Path, name: str, issues: list[Issue]) -> bool:
    """Whether something is wrong with where a file is; it is then added to the issues."""
    folder: FilePath = origin.folder.resolve()
    if not (folder / name).resolve().is_relative_to(folder):
        issues.append(
            issue_at(
                origin,
                path,
                f"'{name}' lies outside the folder of the declaration",
                "copy it there",
                code="structure.theme_file",
            )
        )
    elif not (folder / name).is_file():
        hint = f"the path counts from {folder.name}/"
        issues.append(issue_at(origin, path, f"there is no file '{name}'", hint, code="structure.theme_file"))
    else:
        return False
    return True
