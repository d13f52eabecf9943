"""Whether the files of a theme are there, and whether its colours can be read."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

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
    if (contrast := contrast_with_white(theme.primary)) < LEAST_CONTRAST:
        message = f"white text on {theme.primary} has a contrast of {contrast:.1f}:1, and {LEAST_CONTRAST}:1 is needed"
        issues.append(issue_at(origin, ("primary",), message, "take a darker colour"))
    for number, colour in enumerate(theme.series):
        if colour.upper() in [earlier.upper() for earlier in theme.series[:number]]:
            issues.append(issue_at(origin, ("series", number), f"{colour} is listed twice", "take another colour"))
    if theme.logo:
        issues += _logo(theme, origin)
    fonts: dict[str, str] = theme.fonts.model_dump() if theme.fonts else {}
    for weight, name in fonts.items():
        path: Path = ("fonts", weight)
        if name and not issues_of_file(origin, path, name, issues):
            with (origin.folder / name).open("rb") as file:
                start = file.read(4)
            if start not in _TRUETYPE[:2]:
                issues.append(issue_at(origin, path, f"'{name}' is no TrueType file", "give a .ttf file"))
    return issues


def _logo(theme: Theme, origin: Origin) -> list[Issue]:
    issues: list[Issue] = []
    if issues_of_file(origin, ("logo",), theme.logo, issues):
        return issues
    file = origin.folder / theme.logo
    if (size := file.stat().st_size) > MAX_LOGO:
        message = f"'{theme.logo}' has {size:,} bytes; the limit is {MAX_LOGO:,}"
        issues.append(issue_at(origin, ("logo",), message, "save it smaller"))
    with file.open("rb") as opened:
        if opened.read(len(_PNG)) != _PNG:
            issues.append(issue_at(origin, ("logo",), f"'{theme.logo}' is no PNG", "convert it"))
    if not theme.logo_alt:
        message = "a reader who cannot see the logo is not told what it shows"
        issues.append(issue_at(origin, ("logo",), message, "add logo_alt", Severity.WARNING))
    return issues


def issues_of_file(origin: Origin, path: Path, name: str, issues: list[Issue]) -> bool:
    """Whether something is wrong with where a file is; it is then added to the issues."""
    folder: FilePath = origin.folder.resolve()
    if not (folder / name).resolve().is_relative_to(folder):
        issues.append(issue_at(origin, path, f"'{name}' lies outside the folder of the declaration", "copy it there"))
    elif not (folder / name).is_file():
        hint = f"the path counts from {folder.name}/"
        issues.append(issue_at(origin, path, f"there is no file '{name}'", hint))
    else:
        return False
    return True


def contrast_with_white(colour: str) -> float:
    """Contrast of white text on a colour, 1 to 21 (WCAG 2.2, relative luminance).

    Args:
        colour: ``#RRGGBB``.
    """
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]  # noqa: PLR2004
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)
