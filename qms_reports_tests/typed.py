"""Commands as a person types them: each in a process of its own, which need not import everything again.

Importing what a command needs takes one to three seconds, most commands themselves a fraction of that.  So one server
process imports, and forks for each command; the child then does what ``python -m qms_reports.cli ARGUMENTS`` does, with
the folder and the environment it is asked for.  The server runs nothing itself: it opens no database, reads no
declaration and starts no thread, so a child finds nothing that an earlier one left.
"""

from __future__ import annotations

import array
import atexit
import functools
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, NoReturn

PROGRAM = "qms_reports.cli"
AT_THE_START = ("PYTHON", "LANG", "LC_", "LD_", "MALLOC_")
"""Beginnings of variables that an interpreter looks at once, when it starts: they cannot be changed for a command."""


def typed(
    *arguments: str, env: Mapping[str, str], cwd: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run ``qms-reports ARGUMENTS`` in a process of its own.

    Args:
        arguments: What is typed.
        env: The whole environment.
        cwd: The folder in which it is typed; the present one, if absent.
        stdin: What is typed after that.

    Returns:
        How it ended and what it said, as `subprocess.run` tells it.
    """
    begun = _server().environment
    names = (name for name in env.keys() | begun.keys() if name.startswith(AT_THE_START))
    if changed := {name for name in names if env.get(name) != begun.get(name)}:
        raise ValueError(f"start a process of its own to change {', '.join(sorted(changed))}")
    request = {"arguments": arguments, "env": dict(env), "cwd": str(cwd or Path.cwd())}
    with tempfile.TemporaryFile() as typed_in, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        typed_in.write(stdin.encode())
        typed_in.seek(0)
        ended = _server().ask(request, (typed_in, out, err))
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
    return subprocess.CompletedProcess([*arguments], ended, *said)


class _Server:
    """The process that forks, as the tests see it."""

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self.end, theirs = socket.socketpair()
        with theirs:
            number = theirs.fileno()
            self.process = subprocess.Popen([sys.executable, "-m", __name__, str(number)], pass_fds=(number,))
        self.answers = self.end.makefile("rb")
        atexit.register(self.close)

    def ask(self, request: dict[str, Any], files: tuple[IO[bytes], ...]) -> int:
        """Have a command run with these files as its standard input, output and errors; its exit status."""
        handles = array.array("i", [file.fileno() for file in files])
        content = json.dumps(request).encode() + b"\n"
        sent = self.end.sendmsg([content], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, handles)])
        self.end.sendall(content[sent:])
        answer = self.answers.readline()
        if not answer:
            raise RuntimeError(f"the server of commands has ended with {self.process.wait()}")
        return int(answer)

    def close(self) -> None:
        """End the process."""
        self.answers.close()
        self.end.close()
        self.process.wait()


@functools.cache
def _server() -> _Server:
    return _Server()


# --- in the server


def _serve(end: socket.socket) -> None:
    """Fork for each request until the tests are over."""
    begun = dict(os.environ)
    importlib.import_module("qms_reports.commands")
    while True:
        content, handles, *_ = socket.recv_fds(end, 1 << 16, 3)
        if not content:
            return
        while not content.endswith(b"\n"):
            content += end.recv(1 << 16)
        names, used = os.pipe()
        child = os.fork()
        if child == 0:
            end.close()
            os.close(names)
            by_imports = {name: value for name, value in os.environ.items() if begun.get(name) != value}
            _run(json.loads(content), by_imports, handles, used)
        for handle in (*handles, used):
            os.close(handle)
        with open(names, encoding="utf-8") as told:  # noqa: PTH123 - of a handle
            modules = told.read().split()
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        end.sendall(b"%d\n" % ended)
        for name in modules:  # what the next one need not import
            importlib.import_module(name)
        gc.freeze()


def _run(request: dict[str, Any], by_imports: dict[str, str], handles: list[int], used: int) -> NoReturn:
    """Become the command."""
    before = set(sys.modules)

    def tell() -> None:
        imported = [name for name, module in list(sys.modules.items()) if getattr(module, "__file__", None)]
        told = [name for name in imported if name not in before and not name.startswith("__")]
        os.write(used, " ".join(told).encode())
        os.close(used)

    for number, handle in enumerate(handles):
        os.dup2(handle, number)
        os.close(handle)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"] | by_imports)
    time.tzset()
    atexit.register(tell)  # registered first, called last
    sys.argv = [PROGRAM, *request["arguments"]]
    status = 1
    try:
        runpy.run_module(PROGRAM, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as ending:
        if ending.code is None or isinstance(ending.code, int):
            status = ending.code or 0
        else:
            print(ending.code, file=sys.stderr)  # noqa: T201 - as an interpreter does
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    except BaseException:  # noqa: BLE001 - as an interpreter does
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as tests:
        _serve(tests)
    os._exit(0)  # there is nothing to take apart
