"""What one chart costs: in the PDF against the bare ReportLab canvas, as PNG against matplotlib.

python -m benchmarks.charts [--rounds 30]

The bare chart is written out below with the canvas methods as somebody without this package would: same 60 points, same
three limits, same words, sizes, fonts and colours.  Every contestant draws other numbers in every round, in turns.
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from typing import Any

from benchmarks.measuring import machine, table
from qms_reports.charts import palette
from qms_reports.charts.excel import native_chart
from qms_reports.charts.layout import draw
from qms_reports.charts.pdf import paint
from qms_reports.charts.picture import to_png, to_svg
from qms_reports.charts.specification import CHART_TYPES, Chart, ChartSpecification, Mark, Series
from qms_reports.charts.typeface import REGULAR, SEMIBOLD, register
from qms_reports.charts.workbook_data import write_data
from qms_reports_tests.charts.examples import wave
from qms_reports_tests.charts.hostile import chart_of

WIDTH, HEIGHT, POINTS = 480.0, 200.0, 60
CENTER, LOWER, UPPER = 50.0, 20.0, 80.0


def numbers(turn: int) -> tuple[float, ...]:
    """Sixty numbers, others in every round."""
    return tuple(
        round(50.0 + 24.0 * math.sin(place * 0.7 + turn * 0.13) + (place == 40) * 20, 2) for place in range(POINTS)
    )


def control(turn: int) -> Chart:
    """The control chart of a round."""
    values = numbers(turn)
    lines = [Series(name, (line,) * POINTS) for name, line in (("CL", CENTER), ("LCL", LOWER), ("UCL", UPPER))]
    specification = ChartSpecification(
        "measured", "control", f"Fill weight {turn}", "Sample mean", WIDTH, HEIGHT, y_title="Grams", decimals=1
    )
    marks = tuple(Mark(place, "N1") for place, value in enumerate(values) if value > UPPER)
    names = tuple(str(place + 1) for place in range(POINTS))
    return Chart(specification, names, (Series("Mean", values), *lines), "1 = beyond 3 sigma.", marks)


def bare_canvas(canvas: Any, turn: int, x: float, y: float) -> None:
    """The same chart with the methods of the bare canvas, with hand-placed words."""
    from reportlab.lib.colors import HexColor

    values = numbers(turn)
    canvas.saveState()
    canvas.translate(x, y)

    def words(
        at_x: float, at_y: float, text: str, size: float, color: str, font: str = REGULAR, side: str = ""
    ) -> None:
        canvas.setFont(font, size)
        canvas.setFillColor(HexColor(color))
        getattr(canvas, f"draw{side}String")(at_x, at_y, text)

    words(0, 190.5, f"Fill weight {turn}", 9.5, palette.INK, SEMIBOLD)
    words(0, 180, "Sample mean", 7.5, palette.INK2)
    words(0, 165, "Grams", 7, palette.INK3)
    words(0, 2, "1 = beyond 3 sigma.", 6.5, palette.INK3)
    left, right, bottom, top = 22.0, 436.0, 28.0, 158.0

    def at(place: int) -> float:
        return left + (right - left) * (place + 0.5) / POINTS

    def up(value: float) -> float:
        return bottom + (top - bottom) * value / 120.0

    canvas.setLineWidth(0.5)
    for tick in range(0, 121, 20):
        canvas.setStrokeColor(HexColor(palette.GRID))
        canvas.line(left, up(tick), right, up(tick))
        words(left - 5, up(tick) - 2.4, str(tick), 7, palette.INK2, side="Right")
    for place in range(1, POINTS, 2):
        words(at(place), bottom - 10, str(place + 1), 7, palette.INK2, side="Centred")
    canvas.setLineWidth(0.8)
    limit = (palette.SERIES[3], (3, 2))
    for line, name, color, dash in ((CENTER, "CL", palette.INK2, ()), (LOWER, "LCL", *limit), (UPPER, "UCL", *limit)):
        canvas.setStrokeColor(HexColor(color))
        canvas.setDash(*dash)
        canvas.line(left, up(line), right, up(line))
        words(right + 6, up(line) - 2.6, f"{name} {line:.2f}", 7.5, color, SEMIBOLD)
    canvas.setDash()
    canvas.setStrokeColor(HexColor(palette.SERIES[0]))
    canvas.setLineWidth(1.3)
    path = canvas.beginPath()
    path.moveTo(at(0), up(values[0]))
    for place, value in enumerate(values[1:], start=1):
        path.lineTo(at(place), up(value))
    canvas.drawPath(path, stroke=1, fill=0)
    for place, value in enumerate(values):
        if value > UPPER:
            canvas.setFillColor(HexColor(palette.BAD))
            canvas.rect(at(place) - 2.6, up(value) - 2.6, 5.2, 5.2, stroke=0, fill=1)
            words(at(place), up(value) + 6, "N1", 7, palette.BAD, SEMIBOLD, "Centred")
        else:
            canvas.setFillColor(HexColor(palette.SERIES[0]))
            canvas.circle(at(place), up(value), 1.8, stroke=0, fill=1)
    canvas.restoreState()


def matplotlib_png(turn: int) -> bytes | None:
    """The same chart as PNG of the same size from matplotlib, the fast way; ``None`` where it is not installed."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return None
    values = numbers(turn)
    figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72), dpi=144)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.05, 0.14, 0.86, 0.66))
    axes.plot(range(1, POINTS + 1), values, color=palette.SERIES[0], lw=1.3, marker="o", ms=3.6)
    for line, name in ((CENTER, "CL"), (LOWER, "LCL"), (UPPER, "UCL")):
        axes.axhline(line, color=palette.SERIES[3], lw=0.8, ls="-" if name == "CL" else "--")
        axes.text(POINTS + 1.5, line, f"{name} {line:.2f}", fontsize=7.5, va="center")
    axes.set_title(f"Fill weight {turn}", loc="left", fontsize=9.5)
    axes.set_ylim(0, 120)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    target = BytesIO()
    figure.savefig(target, format="png")
    return target.getvalue()


def pdf_canvas() -> Any:
    """A canvas on a page, with the fonts known."""
    from reportlab.pdfgen.canvas import Canvas

    register()
    return Canvas(BytesIO(), pagesize=(WIDTH, HEIGHT), initialFontName=REGULAR)


def milliseconds(contestants: dict[str, Callable[[int], object]], rounds: int) -> dict[str, float]:
    """Median processor milliseconds of each, in turns; the first round warms up and does not count."""
    found: dict[str, list[float]] = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, run in contestants.items():
            start = time.process_time_ns()
            run(turn)
            if turn:
                found[name].append((time.process_time_ns() - start) / 1e6)
    return {name: statistics.median(times) for name, times in found.items()}


def in_the_pdf(rounds: int) -> None:
    """The control chart of 60 points on a canvas."""
    bare, ours = pdf_canvas(), pdf_canvas()
    scenes = {turn: draw(control(turn)) for turn in range(rounds + 1)}
    found = milliseconds(
        {
            "bare canvas methods, words placed by hand": lambda turn: bare_canvas(bare, turn, 0.0, 0.0),
            "ours, laid out and painted": lambda turn: paint(ours, draw(control(turn)), 0.0, 0.0),
            "ours, painting alone": lambda turn: paint(ours, scenes[turn], 0.0, 0.0),
        },
        rounds,
    )
    base = found["bare canvas methods, words placed by hand"]
    rows = [[name, f"{value:.2f} ms", f"{value / base:.2f}"] for name, value in found.items()]
    table("A control chart of 60 points and 3 limits in the PDF", ("route", "processor", "ratio"), rows)


def as_pictures(rounds: int) -> None:
    """The same as PNG of 960 x 400 pixels, and as SVG."""
    contestants: dict[str, Callable[[int], object]] = {
        "ours, PNG": lambda turn: to_png(draw(control(turn))),
        "ours, SVG": lambda turn: to_svg(draw(control(turn))),
    }
    if matplotlib_png(0) is not None:
        contestants["matplotlib (Agg, fixed axes), PNG"] = matplotlib_png
    found = milliseconds(contestants, rounds)
    rows = [[name, f"{value:.1f} ms", f"{value / found['ours, PNG']:.2f}"] for name, value in found.items()]
    table("The same as a picture of 960 x 400 pixels", ("route", "processor", "ratio"), rows)


def every_type(rounds: int) -> None:
    """Each type at its ordinary size with twelve categories, in each form."""
    from openpyxl import Workbook

    names = tuple(f"Category {place}" for place in range(12))
    rows = []
    for kind in CHART_TYPES:
        canvas = pdf_canvas()

        def of(turn: int, kind: Any = kind) -> Chart:
            chart = chart_of(kind, names, wave(12, turn * 0.1))
            return replace(chart, specification=replace(chart.specification, title=f"Turn {turn}"))

        def workbook(turn: int, of: Callable[[int], Chart] = of) -> None:
            sheet = Workbook().active
            native_chart(sheet, of(turn), write_data(sheet, of(turn)))

        found = milliseconds(
            {
                # Types: those of a lambda are not inferred.
                "pdf": lambda turn, of=of, canvas=canvas: paint(canvas, draw(of(turn)), 0.0, 0.0),  # type: ignore[misc]  # a lambda with defaults
                "png": lambda turn, of=of: to_png(draw(of(turn))),  # type: ignore[misc]  # a lambda with defaults
                "svg": lambda turn, of=of: to_svg(draw(of(turn))),  # type: ignore[misc]  # a lambda with defaults
                "xlsx": workbook,
            },
            max(3, rounds // 3),
        )
        rows.append([kind, *(f"{found[form]:.1f} ms" for form in ("pdf", "png", "svg", "xlsx"))])
    table("Every type, 245 x 190 points, twelve categories", ("type", "PDF", "PNG", "SVG", "native Excel"), rows)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30, help="charts drawn by each contestant")
    rounds = parser.parse_args().rounds
    print(machine())
    in_the_pdf(rounds)
    as_pictures(rounds)
    every_type(rounds)


if __name__ == "__main__":
    main()
