"""What charts of a company's workbook remember of their cells: brought up to date where these cells are filled.

A chart part keeps a copy of the numbers it shows, for programs that do not compute, such as a preview pane.  A copy
that still showed last month would be a wrong number.  So where a chart reads cells that are filled, the remembered
points of these series are replaced; nothing else in the part, and no other chart part.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from qms_reports.reports.company_workbook_package import Package
from qms_reports.reports.company_workbook_places import Area
from qms_reports.reports.company_workbook_xml import Node, character_data, edited, prefix_of, scan
from qms_reports.reports.document import Cell

_REFERENCE = re.compile(r"^(?:'((?:[^']|'')+)'|([^'!]+))!(\$?[A-Z]+\$?\d+(?::\$?[A-Z]+\$?\d+)?)$")
_CHART = re.compile(r"^xl/charts/chart[^/]*\.xml$")

Shown = Callable[[int, int], Cell]
"""What a cell by column and row shows now."""


def refresh_caches(package: Package, filled: Mapping[str, Sequence[Area]], shown: Mapping[str, Shown]) -> None:
    """Replace the remembered points of every series that reads filled cells.

    Args:
        package: The workbook, its sheets filled.
        filled: The areas that were filled, by sheet.
        shown: For each of these sheets what its cells hold now.
    """
    for part in package.parts:
        if not _CHART.match(part):
            continue
        data = package.read(part)
        edits = []
        for node in scan(data, part).all("f"):
            found = _REFERENCE.match(node.text.strip())
            reference = node.parent
            if found is None or reference is None or reference.name not in ("numRef", "strRef"):
                continue
            sheet = (found.group(1) or found.group(2)).replace("''", "'")
            area = Area.parse(found.group(3))
            if any(area.meets(other) for other in filled.get(sheet, ())):
                edits += _edits(data, reference, area, shown[sheet])
        if edits:
            package.changed[part] = edited(data, edits)


def _edits(data: bytes, reference: Node, area: Area, shown: Shown) -> list[tuple[int, int, bytes]]:
    """The edits that bring the cache of one reference up to date."""
    cache = reference.first("numCache") or reference.first("strCache")
    if cache is None:
        return []
    p = prefix_of(data, cache)
    values = [shown(c, r) for r in range(area.top, area.bottom + 1) for c in range(area.left, area.right + 1)]
    points = []
    for place, value in enumerate(values):
        text = _text(value, numbers=cache.name == "numCache")
        if text is not None:
            points.append(f'<{p}pt idx="{place}"><{p}v>{character_data(text)}</{p}v></{p}pt>')
    content = f'<{p}ptCount val="{len(values)}"/>{"".join(points)}'.encode()
    old = [child for child in cache.children if child.name in ("ptCount", "pt")]
    if not old:
        return []
    return [(old[0].start, old[-1].end, content)]


def _text(value: Cell, *, numbers: bool) -> str | None:
    """A point as it is remembered; ``None`` for a gap."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return repr(value)
    return None if numbers else str(value)
