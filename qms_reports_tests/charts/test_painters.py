"""The painters translate a scene faithfully, and the same scene gives the same bytes."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from PIL import Image
from pypdf import PdfReader
from reportlab.pdfgen.canvas import Canvas

from qms_reports.charts.layout import draw
from qms_reports.charts.pdf import number, paint
from qms_reports.charts.picture import to_png, to_svg
from qms_reports.charts.scene import Rectangle, Scene, Text
from qms_reports.charts.typeface import REGULAR, register
from qms_reports_tests.charts.examples import every_type_in_each_form

EXAMPLES = every_type_in_each_form()
SVG = "{http://www.w3.org/2000/svg}"


def pdf_of(*scenes: Scene) -> bytes:
    register()
    target = BytesIO()
    canvas = Canvas(target, pagesize=(300, 250), invariant=1, initialFontName=REGULAR)
    for scene in scenes:
        paint(canvas, scene, 20, 30)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_form_gives_the_same_bytes_twice(name: str) -> None:
    first, second = draw(EXAMPLES[name]), draw(EXAMPLES[name])
    assert to_svg(first) == to_svg(second)
    assert to_png(first) == to_png(second)
    assert pdf_of(first) == pdf_of(second)


def test_bytes_do_not_depend_on_the_hash_seed() -> None:
    program = (
        "import hashlib; from qms_reports_tests.charts.test_painters import *\n"
        "scenes = [draw(chart) for chart in EXAMPLES.values()]\n"
        "parts = [pdf_of(*scenes), *(to_svg(s).encode() for s in scenes), to_png(scenes[0])]\n"
        "print(hashlib.sha256(b''.join(parts)).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": ":".join(sys.path)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed, zone in (("0", "UTC"), ("4242", "Asia/Tokyo"))
    }
    assert len(digests) == 1


def test_every_text_of_a_chart_can_be_found_in_the_pdf() -> None:
    scenes = [draw(chart) for chart in EXAMPLES.values()]
    reader = PdfReader(BytesIO(pdf_of(*scenes)))
    for scene, page in zip(scenes, reader.pages, strict=True):
        found = "".join(page.extract_text().split())
        for item in scene.items:
            if isinstance(item, Text):
                assert "".join(item.text.split()) in found


def test_only_inter_is_embedded() -> None:
    reader = PdfReader(BytesIO(pdf_of(draw(EXAMPLES["bar grouped"]))))
    page: Any = reader.pages[0]
    fonts = page["/Resources"]["/Font"].values()
    names = {font.get_object()["/BaseFont"] for font in fonts}
    assert names
    assert all("+Inter-" in name for name in names)


def test_painting_leaves_the_canvas_state_as_it_was() -> None:
    register()
    canvas = Canvas(BytesIO(), initialFontName=REGULAR)
    canvas.setFillColorRGB(1, 0, 0)
    before = canvas.state_stack, canvas._fillColorObj, canvas._fontname
    paint(canvas, draw(EXAMPLES["line"]), 0, 0)
    assert (canvas.state_stack, canvas._fillColorObj, canvas._fontname) == before
    assert canvas._code.count("q") == canvas._code.count("Q")


def test_a_picture_has_the_declared_size_and_is_not_blank() -> None:
    for chart in EXAMPLES.values():
        picture = Image.open(BytesIO(to_png(draw(chart), scale=1.5)))
        assert picture.size == (round(245 * 1.5), round(190 * 1.5))
        assert len(picture.getcolors(100_000) or range(100_000)) > 10


def test_a_picture_shows_a_bar_where_the_scene_has_one() -> None:
    scene = draw(EXAMPLES["bar"])
    bar = next(item for item in scene.items if isinstance(item, Rectangle) and item.fill == "#12436D")
    picture = Image.open(BytesIO(to_png(scene, scale=2.0)))
    middle = (round(2 * (bar.x + bar.width / 2)), round(2 * (scene.height - bar.y - bar.height / 2)))
    assert picture.getpixel(middle) == (0x12, 0x43, 0x6D)


def test_a_picture_of_impossible_size_is_refused() -> None:
    with pytest.raises(ValueError, match="pixels per point"):
        to_png(draw(EXAMPLES["bar"]), scale=0)
    with pytest.raises(ValueError, match="pixels per point"):
        to_png(draw(EXAMPLES["bar"]), scale=100)


@pytest.mark.parametrize("name", EXAMPLES)
def test_svg_is_self_contained_xml_with_its_texts_and_alternative(name: str) -> None:
    scene = draw(EXAMPLES[name])
    root = ET.fromstring(to_svg(scene))  # noqa: S314 - our own text
    assert root.get("aria-label") == scene.alt
    assert root.get("width") == "245pt"
    assert [element.text for element in root.iter(f"{SVG}text")] == [
        item.text for item in scene.items if isinstance(item, Text)
    ]
    assert "href" not in to_svg(scene)


def test_numbers_are_written_short_and_never_as_minus_zero() -> None:
    assert [number(value) for value in (1.0, 1.239, -0.001, 0.5, -12.0)] == ["1", "1.24", "0", "0.5", "-12"]
