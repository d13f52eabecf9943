"""The page that follows a template while it is written, asked by a real HTTP client."""

from __future__ import annotations

import contextlib
import json
import shutil
import threading
import time
import urllib.error
import urllib.request

import pytest

from qms_reports.previewing.rendering import Renderer
from qms_reports.previewing.server import serve
from qms_reports_tests.small_catalogue import Site

TEMPLATE = """\
template: brief
title: Brief
document_number: "B-{period}"
tiles: [opened, closed_share]
tables:
  - {id: by_site, title: By site, kpis: [opened], by: site}
sections:
  - {id: all, title: All, text: "{{ opened.text }} opened in {{ period.label }}", tables: [by_site]}
"""
ROWS = [{"id": f"d{n}", "opened": f"2024-05-{n:02}", "site": "AB"[n % 2], "points": n} for n in range(1, 29)]
SECONDS = 60


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("preview"))
    site.deliver(ROWS, "2024-06-02")
    return site


@pytest.fixture
def page(site, tmp_path):
    """A running preview of a file outside the catalogue."""
    file = tmp_path / "brief.yaml"
    file.write_text(TEMPLATE)
    renderer = Renderer(site.settings, file, tmp_path / "pages", None, {})
    address: list[str] = []
    told, stop = threading.Event(), threading.Event()

    def tell(text: str) -> None:
        address.append(text)
        told.set()

    thread = threading.Thread(target=serve, args=(renderer, tell, stop))
    thread.start()
    assert told.wait(SECONDS)
    yield address[0], file
    stop.set()
    thread.join(SECONDS)
    assert not thread.is_alive()


def get(url, host=None):
    request = urllib.request.Request(url, headers={"Host": host} if host else {})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        return answer.headers["Content-Type"], answer.read()


def state_after(url, version):
    """What the page is told once a rendering later than one is done."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        state = json.loads(get(f"{url}state")[1])
        if state["version"] > version and not state["busy"]:
            return state
        time.sleep(0.1)
    raise AssertionError("nothing was rendered")


def test_the_page_follows_every_save_and_keeps_the_last_good_pages(page):
    url, file = page
    kind, text = get(url)
    assert kind.startswith("text/html")
    assert b"brief.yaml" in text
    first = state_after(url, 0)
    assert (first["issues"], first["fault"], first["fresh"], first["period"]) == ([], "", True, "May 2024")
    drawn = shutil.which("pdftoppm") is not None
    assert (first["pages"] > 0) is drawn
    assert get(f"{url}report.pdf")[1].startswith(b"%PDF-")
    if drawn:
        assert get(f"{url}page/1.png?1")[1].startswith(b"\x89PNG")

    file.write_text(TEMPLATE.replace("opened.text", "opned.text"))
    broken = state_after(url, first["version"])
    assert not broken["fresh"]
    assert broken["pages"] == first["pages"]
    (issue,) = broken["issues"]
    assert ":8:37: error: sections.0.text: there is no 'opned' (did you mean 'opened'?)" in issue

    file.write_text(TEMPLATE.replace("title: Brief", "title: Another brief"))
    mended = state_after(url, broken["version"])
    assert (mended["issues"], mended["fresh"]) == ([], True)


def test_only_what_is_there_is_served_and_only_to_this_machine(page):
    url, _ = page
    for path in ("page/99.png", "page/0.png", "page/../x", "etc/passwd", "page/one.png"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            get(url + path)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        get(url, host="example.com:80")


def test_a_report_that_cannot_be_built_says_why(site, tmp_path):
    file = tmp_path / "brief.yaml"
    file.write_text(TEMPLATE + "parameters:\n  site: {dimension: site, required: true}\n")
    with contextlib.closing(Renderer(site.settings, file, tmp_path / "pages", None, {})) as renderer:
        made = renderer.render()
    assert made.pdf is None
    assert "the parameter 'site' needs a value" in made.fault
    with contextlib.closing(Renderer(site.settings, file, tmp_path / "pages", None, {"site": "A"})) as renderer:
        made = renderer.render()
    assert made.fault == ""
    assert made.pdf is not None
    assert not list((site.settings.home / "reports").glob("*"))  # the installation has no report from it
