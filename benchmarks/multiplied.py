"""A store of many companies out of the store of one, for measurements beyond what can be generated and taken in.

    python -m benchmarks.multiplied FOLDER INTO [--times 10]
    python -m benchmarks.kpi_catalogue --step "one month" --folder INTO

`FOLDER` is one that `benchmarks.kpi_catalogue --folder FOLDER` has filled.  Every file of record versions is written
again with each row many times over; keys and the ids that link record kinds get a suffix per company, so that links
stay within a company.  Taking in is not measured this way, reading is.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from qms_reports.store import connect, file_literal, identifier

if TYPE_CHECKING:
    import duckdb


def multiply(source: Path, target: Path, times: int) -> int:
    """Write the datasets of a home folder into another, each record `times` times.

    Args:
        source: A home folder.
        target: Another one, new or left unfinished by an earlier call.
        times: Companies.

    Returns:
        Number of files of record versions written.
    """
    written = 0
    with connect(memory_limit="1GB") as connection:
        for path in sorted((source / "datasets").rglob("*")):
            to = target / path.relative_to(source)
            if path.is_dir() or to.exists():
                continue
            to.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".json" and path.parent.name == "log":
                commit = json.loads(path.read_bytes())
                commit["counts"] = {name: count * times for name, count in commit["counts"].items()}
                to.write_text(json.dumps(commit))
                continue
            ids = _ids(connection, path) if path.suffix == ".parquet" else []
            if not ids:
                shutil.copy(path, to)
                continue
            renamed = ", ".join(f"CASE WHEN n = 0 THEN {c} ELSE {c} || '~' || n END AS {c}" for c in ids)
            part = to.with_suffix(".part")
            connection.execute(
                f"COPY (SELECT d.* REPLACE ({renamed}) FROM {_rows(path)} d, (SELECT range AS n FROM range({times}))) "
                f"TO {file_literal(part)} (FORMAT parquet, COMPRESSION zstd)"
            )
            part.rename(to)
            written += 1
    shutil.copytree(source / "sources", target / "sources", dirs_exist_ok=True)
    return written


def _rows(path: Path) -> str:
    return f"read_parquet({file_literal(path)}, hive_partitioning = false)"


def _ids(connection: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    found = connection.execute(f"DESCRIBE SELECT * FROM {_rows(path)}").fetchall()
    return [
        identifier(name) for name, kind, *_ in found if kind == "VARCHAR" and (name == "_key" or name[-3:] == "_id")
    ]


def main() -> None:
    """Multiply and say how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("into", type=Path)
    parser.add_argument("--times", type=int, default=10)
    given = parser.parse_args()
    began = time.perf_counter()
    files = multiply(given.folder / "home", given.into / "home", given.times)
    print(f"{files} files of record versions in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
