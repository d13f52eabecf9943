"""Two companies that all tests share: a small one as text files, and a larger one made by a process of its own."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from qms_reports.example_company.command import Written, write_demo_data
from qms_reports.example_company.kinds import KINDS

MEASURED = """
import re, sys
from pathlib import Path
from qms_reports.example_company.command import write_demo_data
write_demo_data(Path(sys.argv[1]), 7, "2022-07", "2024-06", int(sys.argv[2]), "parquet", 2)
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@dataclass(frozen=True)
class Company:
    """A written company: what the command said, the truth, and all rows of all files as text, in order."""

    written: Written
    truth: dict[str, Any]
    rows: dict[str, list[dict[str, str]]]


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    written = write_demo_data(tmp_path_factory.mktemp("small") / "demo_data", 7, "2019-01", "2025-12", 5000)
    rows: dict[str, list[dict[str, str]]] = {kind: [] for kind in KINDS}
    for kind in KINDS:
        for path in sorted(written.folder.glob(f"{kind}_[0-9]*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                rows[kind].extend(csv.DictReader(file))
    return Company(written, json.loads(written.truth.read_text(encoding="utf-8")), rows)


@pytest.fixture(scope="session")
def larger(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Folder of 300 000 records of two years as Parquet, and the peak memory of the process that made it, in MB."""
    folder = tmp_path_factory.mktemp("larger") / "demo_data"
    made = subprocess.run(
        [sys.executable, "-c", MEASURED, str(folder), "300000"], capture_output=True, text=True, check=True
    )
    return folder, int(made.stdout.split()[-1])  # DuckDB may draw a progress bar before it
