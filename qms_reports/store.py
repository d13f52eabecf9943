"""Files that are either wholly there or not there at all, hashes, and the in-memory DuckDB session."""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import hashlib
import os
import re
import tempfile
import threading
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


LOCAL_DATE = "local_date(instant, zone) AS CAST(timezone(zone, timezone('UTC', instant)) AS DATE)"
"""Macro of every session: the day on which an instant falls in a time zone, such as a site's."""


class StoreError(Exception):
    """A folder cannot be read or written; the message says which, why and what to do."""


def sha256_text(*parts: str) -> str:
    """SHA-256 over texts, each ended so that ``ab, c`` and ``a, bc`` differ."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


@contextlib.contextmanager
def explained(action: str, path: Path) -> Iterator[None]:
    """Turn an operating system's refusal into a `StoreError` that a person can act on."""
    try:
        yield
    except OSError as error:
        hints = {
            13: "give this user write access to the folder, or set QMS_REPORTS_HOME to a folder that has it",
            30: "the file system is read-only; set QMS_REPORTS_HOME to a folder that can be written",
            28: "the disk is full; free space and run again: nothing half-written is left",
            122: "the disk quota is used up; free space and run again: nothing half-written is left",
            27: "this user may not write files of that size (ulimit -f); raise the limit and run again",
            17: "there is a file in the place of a folder; move it away, or set QMS_REPORTS_HOME to another folder",
            20: "a part of the path is a file; move it away, or set QMS_REPORTS_HOME to another folder",
            36: "the name is too long; deliver the file under a shorter one",
        }
        hint = hints.get(error.errno or 0, "check the folder and run again")
        raise StoreError(f"cannot {action} {path}: {error.strerror or error}; {hint}") from error


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that readers see the old content or the new, and a crash leaves no part of it.

    Raises:
        StoreError: The folder cannot be written.
    """
    with written_atomically(path) as file:
        file.write(content)


@contextlib.contextmanager
def written_atomically(path: Path) -> Iterator[IO[bytes]]:
    """The same for a file that is written in pieces.

    Raises:
        StoreError: The folder cannot be written.
    """
    with explained("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.chmod(name, 0o644)  # noqa: PTH101 - mkstemp makes it private; reports are meant to be read
            os.replace(name, path)  # noqa: PTH105 - the name for what it does on every system
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)  # noqa: PTH108 - as above
            raise


_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%]|^[. ]|[. ]$')


def safe_name(text: str, also: str = "") -> str:
    """A text as the name of a file or folder: what a file system may take amiss is percent-encoded.

    Args:
        text: Any text; different texts have different names.
        also: Further characters to encode.
    """
    encoded = _UNSAFE.sub(lambda found: urllib.parse.quote(found.group(), safe="").replace(".", "%2E"), text)
    for character in also:
        encoded = encoded.replace(character, f"%{ord(character):02X}")
    return encoded or "%"


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the one writer's lock of a folder; a second writer waits, and a killed one lets go."""
    with explained("lock", folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("a")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def connect(threads: int = 1, memory_limit: str = "2GB", scratch: Path | None = None) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB session with UTC, fixed settings and no look at Python's variables."""
    import duckdb

    # DuckDB would write what does not fit into memory to the working directory, which may not be writable.
    spill = scratch or Path(tempfile.gettempdir()) / f"qms_reports-{os.getpid()}"
    config: dict[str, Any] = {
        "threads": threads,
        "memory_limit": memory_limit,
        "python_enable_replacements": False,
        "temp_directory": str(spill),
        # Divided by zero is "no value" (NULL), not infinity and not the end of all other figures.
        "ieee_floating_point_ops": False,
        "error_on_division_by_zero": False,
    }
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET GLOBAL TimeZone = 'UTC'")  # a cursor would not inherit it from its session
    connection.execute(f"CREATE MACRO {LOCAL_DATE}")
    return connection


class TooSlowError(StoreError):
    """A statement was stopped because it ran longer than the installation allows."""


@contextlib.contextmanager
def stopped_after(cursor: duckdb.DuckDBPyConnection, seconds: float, what: str) -> Iterator[None]:
    """Stop what a cursor runs once a limit is over; other cursors of the session go on.

    Args:
        cursor: What the statements inside run on.
        seconds: The limit, `Settings.statement_seconds`.
        what: What is computed, for the message.

    Raises:
        TooSlowError: It was stopped.
    """
    import duckdb

    over = threading.Event()

    def stop() -> None:
        over.set()
        cursor.interrupt()

    timer = threading.Timer(seconds, stop)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        if not over.is_set():
            raise
        raise TooSlowError(
            f"{what} took longer than {seconds:g} s and was stopped; simplify its expressions "
            "(qms-reports validate --performance says which dominate), or raise QMS_REPORTS_STATEMENT_SECONDS"
        ) from error
    finally:
        timer.cancel()
        timer.join()  # or it might interrupt the next statement, or run on while the process ends


class _Kept(threading.local):
    """The kept sessions of a thread, by their memory limit."""

    def __init__(self) -> None:
        self.sessions: dict[str, duckdb.DuckDBPyConnection] = {}


_kept = _Kept()


def kept_session(memory_limit: str = "2GB") -> duckdb.DuckDBPyConnection:
    """A DuckDB session of this thread for small reads and writes of files, which all cost less than opening one.

    Leave nothing behind in it: no table, no setting.
    """
    if memory_limit not in _kept.sessions:
        _kept.sessions[memory_limit] = connect(memory_limit=memory_limit)
    return _kept.sessions[memory_limit]


@contextlib.contextmanager
def kept_cursor(memory_limit: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A cursor of a kept session with a memory limit, for work that a session of its own would cost more than.

    Temporary tables and views made with it end with it.
    """
    import duckdb

    cursor = kept_session(memory_limit).cursor()
    try:
        yield cursor
    except (duckdb.FatalException, duckdb.InternalException):  # the session answers nothing any more
        del _kept.sessions[memory_limit]
        raise
    finally:
        cursor.close()


def lock_down(connection: duckdb.DuckDBPyConnection, readable: tuple[Path, ...]) -> None:
    """Shut a session in before it runs declared SQL: no file but the store's, no network, no way back."""
    folders = ", ".join(quote(str(folder)) for folder in readable)
    connection.execute(f"SET allowed_directories = [{folders}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def quote(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def file_literal(path: Path | str) -> str:
    """The path of a file as an SQL literal that DuckDB takes to the letter: a folder may be called ``data [old]``."""
    return quote(re.sub(r"([*?\[])", r"[\1]", str(path)))


def identifier(name: str) -> str:
    """A name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def timestamp(moment: dt.datetime) -> str:
    """A UTC instant as an SQL literal of the store's zone-less UTC timestamps."""
    return f"TIMESTAMP '{moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(sep=' ')}'"
