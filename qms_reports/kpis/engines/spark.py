"""KPIs computed by Spark, over Parquet files of the records as known.

    <home>/datasets/.copies/recalls/recalls_0f3c2a9b71d4e586.parquet   named after their content

The folder must be one that Spark's workers see.  A copy is written beside its place and renamed, so it is there wholly
or not at all.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from qms_reports.datasets.reading import Session
from qms_reports.kpis.engines.choosing import EngineError, Row, Tables
from qms_reports.kpis.engines.copying import KEPT, copied_columns, copy_name, in_order, selected
from qms_reports.kpis.engines.portable import portable
from qms_reports.store import explained, file_literal, identifier, locked

SAME_VALUES = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",  # instants are UTC without a zone, as in the store
    "spark.sql.ansi.enabled": "true",  # what overflows stops, instead of becoming another number
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.caseSensitive": "true",
}
"""Settings of the session that the values depend on; options cannot change them."""

_QUIET = {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false", "spark.log.level": "ERROR"}
_starting = threading.Lock()


class SparkEngine:
    """Runs statements on Spark 4."""

    def __init__(self, master: str, options: Mapping[str, str], folder: Path) -> None:
        """Keep where Spark is; it is started with the first statement.

        Args:
            master: ``local[*]``, ``spark://host:7077``, ``yarn`` …; empty for ``local[*]``.
            options: Spark's own settings, such as ``spark.executor.memory``.
            folder: Where the session may write; copies lie in ``.copies`` below it.

        Raises:
            EngineError: PySpark is not installed.
        """
        try:
            import pyspark  # noqa: F401 - looked for, so that its absence is told at once
        except ImportError as error:
            raise EngineError("the engine spark needs PySpark; pip install 'qms-reports[spark]'") from error
        self.master = master or "local[*]"
        self.options = dict(options)
        self.copies = folder / ".copies"

    def run(self, sql: str, opened: Session, tables: Tables) -> list[Row]:
        """Run a statement; see `Engine.run`."""
        from py4j.protocol import Py4JError  # type: ignore[import-untyped]  # has no types
        from pyspark.errors import PySparkException

        names = {dataset: copy_name(opened, dataset, types) for dataset, types in tables.items()}
        shapes = {dataset: copied_columns(types) for dataset, types in tables.items()}
        compiled = portable(sql, "spark", shapes, names)
        with contextlib.ExitStack() as reading:
            for dataset, name in names.items():
                reading.enter_context(self._copied(opened, dataset, name, shapes[dataset]))
            try:
                session = self._session()
                for dataset, name in names.items():
                    session.read.parquet(str(self._file(dataset, name))).createOrReplaceTempView(name)
                rows = session.sql(compiled.sql).collect()
            except (PySparkException, Py4JError) as error:
                said = [line.strip() for line in str(error).splitlines() if not line.lstrip().startswith("at ")]
                raise EngineError(f"Spark refuses: {' '.join(said[:3])}") from error
        return in_order(rows, compiled.widths)

    def _session(self) -> Any:
        """A session of its own on the one Spark of this process."""
        from pyspark.sql import SparkSession

        with _starting:
            builder = SparkSession.builder.master(self.master).appName("qms-reports")
            for name, value in (_QUIET | self.options).items():
                builder = builder.config(name, value)
            session = builder.getOrCreate().newSession()
        for name, value in SAME_VALUES.items():
            session.conf.set(name, value)
        return session

    def _file(self, dataset: str, name: str) -> Path:
        return self.copies / dataset / f"{name}.parquet"

    @contextlib.contextmanager
    def _copied(self, opened: Session, dataset: str, name: str, columns: dict[str, str]) -> Iterator[None]:
        """The records as a Parquet file that stays while it is read."""
        file = self._file(dataset, name)
        with locked(file.parent):
            if not file.exists():
                self._drop_superseded(file.parent)
                part = file.with_name(f".{name}.{os.getpid()}.part")
                part.unlink(missing_ok=True)
                query = f"SELECT {selected(columns)} FROM {identifier(dataset)}"
                opened.cursor().execute(f"COPY ({query}) TO {file_literal(part)} (FORMAT parquet)")
                part.rename(file)
            os.utime(file)
            handle = file.with_suffix(".reading").open("a")
            fcntl.flock(handle, fcntl.LOCK_SH)
        with handle:
            yield

    @staticmethod
    def _drop_superseded(folder: Path) -> None:
        """Remove all but the last copies, and what a killed writer left; what is read now stays until the next time."""
        with explained("tidy", folder):
            for part in folder.glob(".*.part"):
                part.unlink()
            files = sorted(folder.glob("*.parquet"), key=lambda file: file.stat().st_mtime_ns, reverse=True)
            for file in files[KEPT - 1 :]:
                with file.with_suffix(".reading").open("a") as handle:
                    try:
                        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        continue
                    file.unlink()
                    file.with_suffix(".reading").unlink()
