"""A zip archive whose bytes depend on nothing but its content: constant time, host and mode for every entry."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import IO, Any

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that zip can hold


class DeterministicZip(zipfile.ZipFile):
    """A `zipfile.ZipFile` without clock, umask or operating system in it."""

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(name, _EPOCH)
        entry.compress_type = self.compression
        entry.create_system = 0
        entry.external_attr = 0
        return entry

    def part(self, name: str, *, large: bool = False) -> IO[bytes]:
        """A new entry, open for writing.

        Args:
            name: Of the entry.
            large: Whether it may grow beyond 2 GiB, which takes other size fields.
        """
        return self.open(self._entry(name), "w", force_zip64=large)

    def writestr(self, zinfo_or_arcname: str | zipfile.ZipInfo, data: Any, *_: Any, **__: Any) -> None:
        """Add an entry from memory."""
        name = zinfo_or_arcname if isinstance(zinfo_or_arcname, str) else zinfo_or_arcname.filename
        super().writestr(self._entry(name), data, compresslevel=self.compresslevel)

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Add an entry from a file (openpyxl writes each sheet to a temporary file first)."""
        entry = self._entry(str(arcname or filename))
        entry.file_size = Path(filename).stat().st_size  # lets zipfile choose its size fields without a second pass
        with Path(filename).open("rb") as source, self.open(entry, "w") as target:
            shutil.copyfileobj(source, target)
