"""The charts of one report as a file: their specifications and numbers, not their pictures."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qms_reports.charts.specification import Chart, ChartSpecification, Mark, PhaseStart, Series
from qms_reports.store import write_atomically


def encode(charts: Iterable[Chart]) -> bytes:
    """Charts as JSON; equal charts give equal bytes."""
    return json.dumps(
        [asdict(chart) for chart in charts], sort_keys=True, allow_nan=False, separators=(",", ":")
    ).encode()


def decode(content: bytes) -> tuple[Chart, ...]:
    """The charts that `encode` wrote."""
    return tuple(_chart(item) for item in json.loads(content))


def write_charts(path: Path, charts: Iterable[Chart]) -> bytes:
    """Write charts wholly or not at all, and return what was written."""
    content = encode(charts)
    write_atomically(path, content)
    return content


def read_charts(path: Path) -> tuple[Chart, ...]:
    """Read charts.

    Raises:
        FileNotFoundError: They have not been drawn.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} has not been drawn; materialize the template's charts first")
    return decode(path.read_bytes())


def _chart(item: dict[str, Any]) -> Chart:
    """A chart from its JSON object; what an older version did not write has its default."""
    return Chart(
        ChartSpecification(**{name: _tuples(value) for name, value in item["specification"].items()}),
        tuple(item["categories"]),
        tuple(Series(one["name"], tuple(one["values"]), tuple(one["x"])) for one in item["series"]),
        item["note"],
        tuple(Mark(**one) for one in item["marks"]),
        tuple(PhaseStart(**one) for one in item["phases"]),
        **{name: tuple(item[name]) for name in ("emphasized", "totals") if name in item},
    )


def _tuples(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
