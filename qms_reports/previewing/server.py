"""A page on this machine that shows a template's pages, and again after each save."""

from __future__ import annotations

import html
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from qms_reports.previewing.rendering import Preview, Renderer

LOOK_EVERY = 0.3
"""Seconds between looks at the files."""
_HERE = Path(__file__).parent


@dataclass
class Shown:
    """What the page shows now.

    Attributes:
        version: Raised with every rendering.
        busy: Whether one is under way.
        latest: The latest rendering.
        good: The latest one that has pages.
        pictures: The pages of `good`, read when they were drawn: a later rendering replaces the files.
        pdf: Its PDF.
    """

    version: int = 0
    busy: bool = False
    latest: Preview | None = None
    good: Preview | None = None
    pictures: tuple[bytes, ...] = ()
    pdf: bytes = b""

    def take(self, made: Preview) -> None:
        """Show a rendering; of a broken one its issues, beside the pages of the last good one."""
        if made.pdf is not None:
            self.pictures = tuple(path.read_bytes() for path in made.pages)
            self.pdf = made.pdf.read_bytes()
            self.good = made
        self.latest, self.busy = made, False
        self.version += 1

    def state(self) -> dict[str, object]:
        """What the page asks for twice a second."""
        made = self.latest
        return {
            "version": self.version,
            "busy": self.busy,
            "issues": [str(issue) for issue in made.issues] if made else [],
            "fault": made.fault if made else "",
            "remark": made.remark if made else "",
            "fresh": made is not None and made is self.good,
            "period": self.good.period if self.good else "",
            "seconds": round(made.seconds, 2) if made else 0,
            "pages": len(self.pictures),
            "pdf": bool(self.pdf),
        }


def serve(renderer: Renderer, told: Callable[[str], None], stop: threading.Event) -> None:
    """Serve the page until it is stopped.

    Args:
        renderer: What renders.
        told: Is given the page's address.
        stop: Ends it.
    """
    shown = Shown(busy=True)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Page, shown, renderer.file.name))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="preview", daemon=True)
    thread.start()
    told(f"http://127.0.0.1:{server.server_address[1]}/")
    try:
        seen = renderer.stamps()
        shown.take(renderer.render())
        while not stop.wait(LOOK_EVERY):
            if (now := renderer.stamps()) != seen:
                seen, shown.busy = now, True
                shown.take(renderer.render())
    finally:
        server.shutdown()
        server.server_close()
        renderer.close()


class _Page(BaseHTTPRequestHandler):
    """Answers the browser.  Only pages of this machine may ask: a name that merely leads here is refused."""

    def __init__(self, shown: Shown, title: str, *arguments: object) -> None:
        self._shown, self._title = shown, title
        super().__init__(*arguments)  # type: ignore[arg-type]  # as the server hands them on

    def do_GET(self) -> None:
        """Answer one request."""
        host = (self.headers.get("Host") or "").rpartition(":")[0]
        path = self.path.partition("?")[0]
        if host not in ("127.0.0.1", "localhost"):
            self._answer(403, "text/plain", b"open the address that was printed")
        elif path == "/":
            text = (_HERE / "page.html").read_text("utf-8").replace("{title}", html.escape(self._title))
            self._answer(200, "text/html; charset=utf-8", text.encode())
        elif path == "/state":
            self._answer(200, "application/json", json.dumps(self._shown.state()).encode())
        elif path == "/report.pdf" and self._shown.pdf:
            self._answer(200, "application/pdf", self._shown.pdf)
        elif (picture := self._picture(path)) is not None:
            self._answer(200, "image/png", picture)
        else:
            self._answer(404, "text/plain", b"there is nothing of that name")

    def _picture(self, path: str) -> bytes | None:
        number = path.removeprefix("/page/").removesuffix(".png")
        pictures = self._shown.pictures
        if not number.isdecimal() or path != f"/page/{number}.png" or not 1 <= int(number) <= len(pictures):
            return None
        return pictures[int(number) - 1]

    def _answer(self, status: int, kind: str, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing: the terminal is for the address."""
