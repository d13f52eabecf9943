"""Inter and the fonts behind it: files, measures, line breaks."""

# ruff: noqa: RUF001 - full-width punctuation

from __future__ import annotations

import subprocess
import sys

import pytest
from reportlab.pdfbase import pdfmetrics

from qms_reports.charts.typeface import (
    BOLD,
    REGULAR,
    SEMIBOLD,
    font_path,
    missing_glyphs,
    printable,
    register,
    runs,
    shorten,
    text_width,
    wrap,
)

SENTENCE = "Deviations closed on time fell in two sites after the new procedure came into force"


@pytest.mark.parametrize("font", [REGULAR, SEMIBOLD, BOLD])
def test_all_digits_have_one_width_in_every_weight(font: str) -> None:
    assert len({text_width(digit, font, 10) for digit in "0123456789"}) == 1
    assert font_path(font).is_file()


def test_the_weights_are_three_fonts_and_not_one() -> None:
    register()
    register()
    names = {pdfmetrics.getFont(font).face.name for font in (REGULAR, SEMIBOLD, BOLD)}
    assert names == {b"Inter-Regular", b"Inter-SemiBold", b"Inter-Bold"}
    assert (
        text_width("Deviations", REGULAR, 8) < text_width("Deviations", SEMIBOLD, 8) < text_width("Deviations", BOLD, 8)
    )


def test_widths_are_those_of_reportlab() -> None:
    register()
    assert text_width(SENTENCE, SEMIBOLD, 9.5) == pytest.approx(pdfmetrics.stringWidth(SENTENCE, SEMIBOLD, 9.5))


def test_an_unknown_font_is_refused() -> None:
    with pytest.raises(ValueError, match="no font 'Arial'"):
        text_width("a", "Arial", 8)


@pytest.mark.parametrize("width", [20.0, 60.0, 100.0, 1000.0])
def test_wrapped_lines_fit_and_keep_every_word(width: float) -> None:
    lines = wrap(SENTENCE, REGULAR, 8, width)
    assert all(text_width(line, REGULAR, 8) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == SENTENCE.replace(" ", "")


def test_the_last_line_ends_in_an_ellipsis_only_when_there_was_more() -> None:
    assert wrap(SENTENCE, REGULAR, 8, 100, 2)[-1].endswith("…")
    assert len(wrap(SENTENCE, REGULAR, 8, 100, 2)) == 2
    assert wrap("Short", REGULAR, 8, 100, 1) == ["Short"]
    assert wrap("", REGULAR, 8, 100) == []


def test_a_word_wider_than_the_line_is_cut_and_nothing_lost() -> None:
    lines = wrap("W" * 50, REGULAR, 8, 40)
    assert "".join(lines) == "W" * 50
    assert all(text_width(line, REGULAR, 8) <= 40 for line in lines)


def test_no_line_breaks_at_a_no_break_space() -> None:
    assert wrap("about 98.2\u00a0%", REGULAR, 8, text_width("about 98.2", REGULAR, 8) + 1) == ["about", "98.2\u00a0%"]


def test_a_number_stays_with_the_symbol_of_its_unit_where_a_line_has_room_for_both() -> None:
    for quantity in ("10 mg", "100 µg", "5 °C", "1,000 ml)", "98.2 %."):
        assert wrap(f"Cardiol {quantity}", REGULAR, 8, text_width("Cardiol 10", REGULAR, 8) + 1) == [
            "Cardiol",
            quantity,
        ]
    assert wrap("Line 10 mixer", REGULAR, 8, text_width("Line 10", REGULAR, 8) + 1) == ["Line 10", "mixer"]
    assert wrap("100 mg", REGULAR, 8, text_width("100", REGULAR, 8) + 1) == ["100", "mg"]


def test_a_shortened_text_fits() -> None:
    assert shorten("Short", REGULAR, 8, 100) == "Short"
    assert text_width(shorten(SENTENCE, REGULAR, 8, 50), REGULAR, 8) <= 50


def test_characters_without_a_glyph_are_named_and_replaced() -> None:
    assert missing_glyphs("Größe ≥ 5 µm\n検査 አዲስ\x00") == {"አ", "ዲ", "ስ", "\x00"}
    assert printable(" a\n b 検አ") == "a b 検□"


def test_importing_the_charts_loads_no_heavy_library() -> None:
    program = (
        "import sys, qms_reports.charts.layout, qms_reports.charts.pdf, qms_reports.charts.picture, "
        "qms_reports.charts.excel; print([m for m in ('reportlab', 'PIL', 'openpyxl', 'numpy') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert result.stdout.strip() == "[]"


NAMES = "逸脱の期限内完了率は、「目標達成」でした。検査ｾﾝﾀｰ（名古屋）から98.2\u00a0%の報告があった！"


@pytest.mark.parametrize("width", [30.0, 55.0, 90.0, 130.0])
def test_japanese_lines_fit_break_between_characters_and_begin_with_no_closing_mark(width: float) -> None:
    lines = wrap(NAMES, REGULAR, 8, width)
    assert "".join(lines) == NAMES
    assert all(text_width(line, REGULAR, 8) <= width for line in lines)
    assert all(line[0] not in "、。」）！ーっょ%" and line[-1] not in "「（" for line in lines)
    assert all(text_width(line, REGULAR, 8) > width - 34 for line in lines[:-1])


def test_lines_of_right_to_left_words_fit() -> None:
    lines = wrap("شركة الأمل للصناعات (ABC) رقم 12-34 תל אביב", BOLD, 8, 60)
    assert " ".join(lines) == "شركة الأمل للصناعات (ABC) رقم 12-34 תל אביב"
    assert all(text_width(line, BOLD, 8) <= 60 for line in lines)


def test_spaces_between_words_of_any_script_stay_the_place_to_break() -> None:
    assert wrap("품질 관리 보고서", REGULAR, 8, text_width("품질 관리", REGULAR, 8) + 1) == ["품질 관리", "보고서"]
    assert wrap("Werk 名古屋 und Köln", REGULAR, 8, 400) == ["Werk 名古屋 und Köln"]


def test_each_character_stands_in_the_first_font_that_has_it() -> None:
    def fonts(text: str, role: str = REGULAR) -> list[str]:
        return [run.font for run in runs(text, role)]

    assert fonts("Größe 5") == [REGULAR]
    assert fonts("Größe 名", BOLD) == [BOLD, "NotoSansJP-Bold"]
    assert fonts("上海质量") == ["NotoSansSC-Regular"]  # one font for a name, though the Japanese one has half of it
    assert fonts("品質") == ["NotoSansJP-Regular"]
    assert fonts("서울") == ["NotoSansKR-Regular"]
    assert [run.text for run in runs("አ", REGULAR)] == ["□"]
    assert runs("e\u0301", REGULAR) == runs("é", REGULAR)
    assert [run.text for run in runs("so\u00adft\u200b", REGULAR)] == ["soft"]


def test_widths_are_the_sum_of_the_runs_and_shaped_glyphs_have_places() -> None:
    for text in ("Größe 名古屋", "شركة الأمل (12)", "שָׁלוֹם", "กรุงเทพ"):
        assert text_width(text, REGULAR, 10) == pytest.approx(sum(run.width for run in runs(text, REGULAR)) / 100)
    (word,) = runs("شركة", REGULAR)
    assert len(word.places) == len(word.text) > 4  # letters and their dots
    assert "".join(text for _, text in reversed(word.clusters)) == "شركة"
    assert word.width < sum(runs(letter, REGULAR)[0].width for letter in "شركة")  # joined


def test_a_shortened_text_ends_with_a_whole_letter() -> None:
    marked = "שָׁלוֹם שָׁלוֹם שָׁלוֹם"
    for width in range(12, int(text_width(marked, REGULAR, 8)), 3):
        short = shorten(marked, REGULAR, 8, width).removesuffix("…")
        assert text_width(short + "…", REGULAR, 8) <= width or not short
        assert marked[len(short) : len(short) + 1] not in tuple("\u05b8\u05c1\u05b9")
