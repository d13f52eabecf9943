"""`qms-reports demo-data`: write the example company's files and the truth about what was planted in them."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from qms_reports.example_company.kinds import KINDS
from qms_reports.example_company.monthly_totals import COUNTED_UP_TO, monthly_totals
from qms_reports.example_company.plan import Plan
from qms_reports.example_company.planted import described, planted_cases, planted_rows
from qms_reports.example_company.planted_case import Case
from qms_reports.example_company.writing import Form, WrittenFile, month_end, write_files
from qms_reports.store import explained

TRUTH = "truth.json"
MADE_BY = "qms-reports demo-data"
SMALLEST, LARGEST = 1_000, 1_000_000_000


class DemoDataRefused(ValueError):  # noqa: N818 - reads as what it is
    """The example company cannot be written as asked; the message says why and what to do."""


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        folder: Where the files are.
        records: Kind to number of records, planted ones included.
        versions: Kind to number of rows: every record once for each time that it was entered or changed.
        files: Names of the data files.
        truth: The file that says what was planted.
        bytes: Size of all files.
    """

    folder: Path
    records: dict[str, int]
    versions: dict[str, int]
    files: tuple[str, ...]
    truth: Path
    bytes: int

    def told(self) -> str:
        """What the command prints: what was written, and what to type next."""
        lines = [f"{'':<22}{'records':>13}{'rows':>14}"]
        lines += [f"{kind:<22}{self.records[kind]:>13,}{self.versions[kind]:>14,}" for kind in self.records]
        lines.append(f"{'all':<22}{sum(self.records.values()):>13,}{sum(self.versions.values()):>14,}")
        lines.append("")
        lines.append(f"{len(self.files)} files, {self.bytes / 1e6:,.1f} MB, in {self.folder}")
        lines.append(f"What is planted in them, and what a right KPI says of it: {self.truth}")
        return "\n".join(lines)


def write_demo_data(
    folder: Path,
    seed: int,
    first: str,
    last: str,
    scale: int,
    format: str = "csv",  # noqa: A002 - the option's name
    workers: int | None = None,
) -> Written:
    """Write the example company.

    The same arguments give the same bytes of every file, whatever the machine, the number of threads and the day; of
    Parquet files, the same with the same version of DuckDB, whose name stands in them.

    Args:
        folder: Where to; it must not be there yet, or be empty, or have been made by this command and not added to.
        seed: Another one is another company.
        first: First month, ``2019-01``.
        last: Last month; nothing is recorded after its end.
        scale: About how many records of all kinds together; a changed record has further rows.
        format: ``csv`` or ``parquet``.
        workers: How many files are written at the same time; as many as there are processors, at most three.

    Raises:
        DemoDataRefused: An argument cannot be used, or the folder holds something else.
        StoreError: The folder cannot be written.
    """
    if format not in get_args(Form):
        raise DemoDataRefused(f"--format {format!r}: expected csv or parquet")
    form: Form = "csv" if format == "csv" else "parquet"
    if not SMALLEST <= scale <= LARGEST:
        raise DemoDataRefused(f"--scale {scale}: expected {SMALLEST} to {LARGEST}")
    plan = Plan(seed, _month("--from", first), month_end(_month("--to", last)), scale)
    if plan.last < plan.first:
        raise DemoDataRefused(f"--from {first} lies after --to {last}")
    folder = folder.resolve()
    _replaceable(folder)
    inside, outside = planted_cases(plan)
    with explained("write", folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}-", suffix=".part"))
    try:
        with explained("write", folder):
            files = write_files(plan, planted_rows(inside), part, form, workers or min(os.cpu_count() or 1, 3))
            written = _written(folder, part, files)
            truth = _truth(plan, form, part, files, inside, outside, written)
            text = json.dumps(truth, indent=1, ensure_ascii=False) + "\n"
            (part / TRUTH).write_text(text, encoding="utf-8", newline="\n")
            part.chmod(0o755)  # made private; demonstration data are meant to be read
            if folder.exists():
                _replaceable(folder)
                shutil.rmtree(folder)
            part.rename(folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return written


def _month(option: str, text: str) -> dt.date:
    if not re.fullmatch(r"(19[5-9]\d|20[0-8]\d)-(0[1-9]|1[0-2])", text):
        raise DemoDataRefused(f"{option} {text!r}: expected a month from 1950-01 to 2089-12, such as 2019-01")
    return dt.date.fromisoformat(f"{text}-01")


def _replaceable(folder: Path) -> None:
    """Refuse a folder that holds anything which this command has not written."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise DemoDataRefused(f"{folder} is a file; name another folder with --out")
    names = {path.name for path in folder.iterdir()}
    if not names:
        return
    try:
        truth = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
        own = {TRUTH, *truth["files"]} if truth["made_by"] == MADE_BY else set()
    except (OSError, ValueError, KeyError, TypeError):
        own = set()
    if foreign := sorted(names - own):
        found = ", ".join(foreign[:3]) + (" …" if len(foreign) > 3 else "")  # noqa: PLR2004 - three are enough to see
        raise DemoDataRefused(f"{folder} holds files that demo-data did not write ({found}); name another with --out")


def _written(folder: Path, part: Path, files: Sequence[WrittenFile]) -> Written:
    records, versions = Counter[str](), Counter[str]()
    for file in files:
        records[file.kind] += file.records
        versions[file.kind] += file.versions
    size = sum((part / file.name).stat().st_size for file in files)
    names = tuple(file.name for file in files)
    return Written(
        folder, {kind: records[kind] for kind in KINDS}, {kind: versions[kind] for kind in KINDS}, names,
        folder / TRUTH, size,
    )  # fmt: skip


def _truth(
    plan: Plan,
    form: Form,
    part: Path,
    files: Sequence[WrittenFile],
    inside: list[Case],
    outside: list[Case],
    written: Written,
) -> dict[str, Any]:
    months = [month.first for month in plan.months]
    bad = {key: reason for case in inside for key, reason in case.bad.items()}
    counted = plan.scale <= COUNTED_UP_TO
    return {
        "made_by": MADE_BY,
        "arguments": {
            "seed": plan.seed, "from": f"{plan.first:%Y-%m}", "to": f"{plan.last:%Y-%m}", "scale": plan.scale,
            "format": form,
        },
        "records": written.records,
        "versions": written.versions,
        "files": {file.name: {"records": file.records, "versions": file.versions} for file in files},
        "must_be_quarantined": bad,
        "cases": list(described(inside)),
        "cases_outside_the_time": [case.name for case in outside],
        "monthly_totals": {
            "months": [f"{first:%Y-%m}" for first in months],
            "flows": monthly_totals(part, months, bad) if counted else None,
        },
    }  # fmt: skip
