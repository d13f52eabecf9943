"""A PostgreSQL server of the tests' own, and the same installation with another engine."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from qms_reports.settings import EngineName, Settings


def elsewhere(settings: Settings, engine: EngineName, url: str, options: dict[str, str] | None = None) -> Settings:
    """The same installation with another engine."""
    held = {"engine": engine, "engine_url": SecretStr(url), "engine_options": options or {}}
    return settings.model_copy(update=held)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server on loopback, whose texts are ordered as in a dictionary."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    found = [shutil.which("initdb"), *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin/initdb")))]
    programs = [Path(program) for program in found if program]
    if not programs:
        pytest.skip("PostgreSQL's server programs (initdb, pg_ctl) are not installed")
    binaries = programs[-1].parent
    folder = Path(tempfile.mkdtemp(prefix="qms-postgres-"))  # the tests' own folder is closed to the server's user
    user = _server_user()
    if user:
        os.chown(folder, user["user"], user["group"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def run(program: str, *arguments: str) -> None:
        command = [binaries / program, "-D", folder / "data", *arguments]
        with (folder / "log").open("ab") as log:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=folder, check=False, **user
            )
        assert done.returncode == 0, (folder / "log").read_text()

    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off"
    language = ("--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
    run("initdb", "--username=reports", "--auth=trust", "--no-sync", "--encoding=UTF8", *language)
    try:
        run("pg_ctl", "-w", "-o", options, "start")
        yield f"postgresql://reports@127.0.0.1:{port}/postgres"
    finally:
        with contextlib.suppress(AssertionError):
            run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder)


def _server_user() -> dict[str, Any]:
    """PostgreSQL does not run as root; another user of the machine starts it then."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
