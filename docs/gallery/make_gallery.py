"""Draws every page of the seven shipped reports for one month of the example company.

Run ``make gallery``; it needs poppler's ``pdftoppm``.  The company is generated from a fixed seed, so the pages change
only when the product does.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

REPORTS = (
    ("quality_review", "2024-12", {}),
    ("management_review", "2024", {}),
    ("product_quality_review", "2024", {"product": "Cardiol 10 mg"}),
    ("training_report", "2024-12", {}),
    ("document_control_report", "2024-12", {}),
    ("supplier_review", "2024-12", {}),
    ("capa_complaint_trend", "2024-12", {}),
)
"""Template, period and parameters, in the order in which they are shown."""

HERE = Path(__file__).parent
RESOLUTION = 84
COLOURS = 128


def main() -> None:
    """Generate the company, build the reports, draw their pages, write the index."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=int, default=200_000, help="records of the example company")
    parser.add_argument("--home", type=Path, help="a home with the example company taken in; made anew if absent")
    parser.add_argument("--only", nargs="*", default=[], help="templates to draw; all if absent")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = _unpublished(arguments.home, Path(folder)) if arguments.home else _company(Path(folder), arguments.scale)
        for template, period, parameters in REPORTS:
            if not arguments.only or template in arguments.only:
                _draw(home, template, period, parameters)
    _index()


def _unpublished(home: Path, folder: Path) -> Path:
    """The home as if no report had been made of it: a report that exists would be restated as its next version."""
    bare = folder / "home"
    shutil.copytree(home, bare, ignore=lambda here, _: ["reports"] if Path(here) == home else [])
    return bare


def _company(folder: Path, scale: int) -> Path:
    home, files = folder / "home", folder / "files"
    _run(home, "demo-data", "--seed", "7", "--from", "2019-01", "--to", "2025-12", "--scale", str(scale),
         "--out", str(files))  # fmt: skip
    _run(home, "take-in", str(files))
    return home


def _run(home: Path, *arguments: str) -> None:
    environment = os.environ | {"QMS_REPORTS_HOME": str(home)}
    subprocess.run([sys.executable, "-m", "qms_reports.cli", *arguments], check=True, env=environment)


def _draw(home: Path, template: str, period: str, parameters: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        given = [part for name, value in parameters.items() for part in ("--set", f"{name}={value}")]
        _run(home, "build", template, "--period", period, "--format", "pdf", "--final", "--out", folder, *given)
        (pdf,) = Path(folder).rglob("*.pdf")
        subprocess.run(["pdftoppm", "-r", str(RESOLUTION), "-png", str(pdf), f"{folder}/page"], check=True)
        target = HERE / template
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        for number, page in enumerate(sorted(Path(folder).glob("page*.png")), start=1):
            (target / f"{number:02}.png").write_bytes(_small(page))


def _small(page: Path) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    with Image.open(page) as picture:
        picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _index() -> None:
    said = "The seven shipped reports of the example company, page by page, made by `make gallery`."
    lines = ["# Gallery", "", said, ""]
    for template, period, parameters in REPORTS:
        chosen = "".join(f", {name} {value}" for name, value in parameters.items())
        pages = sorted((HERE / template).glob("*.png"))
        lines += [f"## {template}, {period}{chosen}", ""]
        lines.append(" ".join(f"[![page {int(p.stem)}]({template}/{p.name})]({template}/{p.name})" for p in pages))
        lines.append("")
    (HERE / "README.md").write_text("\n".join(lines), "utf-8")


if __name__ == "__main__":
    main()
