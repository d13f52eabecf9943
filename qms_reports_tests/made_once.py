"""Folders that all worker processes of one test session share."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that the first process to ask for it fills, while the others wait.

    Args:
        factory: Names the session's folder.
        name: Name of the folder.
        make: Fills the empty folder.  The other processes get to know nothing but the folder.

    Returns:
        The filled folder.  It is read only: nobody knows who else is reading it.
    """
    session = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # each worker has a folder of its own within the session's
        session = session.parent
    folder, made = session / f"shared-{name}", session / f"shared-{name}.made"
    with FileLock(session / f"shared-{name}.lock"):
        if not made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of an attempt that failed
            folder.mkdir()
            make(folder)
            made.touch()
    return folder
