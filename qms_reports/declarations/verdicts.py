"""Expressions that were found good before, so that a catalogue that has not changed is not judged again.

Only good verdicts are kept, and only to spare the time at every start: an expression is parsed and checked once more
before it runs, whatever this file says.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

from qms_reports.store import StoreError, sha256_text, write_atomically

_state = threading.local()
_MOST = 20_000
"""More than that are of catalogues long gone: the file then begins anew."""


@contextlib.contextmanager
def remembered(file: Path) -> Iterator[None]:
    """Use the verdicts of a file, and write it again if there were new ones; where there is no folder, none is made."""
    known = _read(file)
    _state.good, _state.new = known, set()
    try:
        yield
    finally:
        new: set[str] = _state.new
        _state.good = _state.new = None
    if new and file.parent.is_dir():
        kept = new if len(known) + len(new) > _MOST else known | new
        with contextlib.suppress(StoreError):  # a folder that cannot be written is told of where it matters
            write_atomically(file, json.dumps(sorted(kept)).encode())


def key(*parts: object) -> str:
    """What a verdict is about: the expression, its columns, and the software that judged."""
    return sha256_text(_judges(), *map(repr, parts))[:32]


def is_known_good(verdict: str) -> bool:
    """Whether it was judged good before."""
    good: set[str] | None = getattr(_state, "good", None)
    return good is not None and verdict in good


def good(verdict: str) -> None:
    """Keep a good verdict."""
    new: set[str] | None = getattr(_state, "new", None)
    if new is not None:
        new.add(verdict)


def _judges() -> str:
    found: str | None = getattr(_state, "judges", None)
    if found is None:
        from importlib.metadata import version

        source = "".join((Path(__file__).parent / name).read_text() for name in ("expressions.py", "binding.py"))
        found = _state.judges = sha256_text(version("sqlglot"), version("duckdb"), source)
    return found


def _read(file: Path) -> set[str]:
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError):  # none yet, or not ours: everything is judged again
        return set()
    return {item for item in found if isinstance(item, str)} if isinstance(found, list) else set()
