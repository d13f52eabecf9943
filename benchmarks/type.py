"""What a line of text costs to measure, to break and to put into runs, in several scripts.

python -m benchmarks.type
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from qms_reports.charts import faces, typeface

LINES = {
    "Latin": "Deviation {} of {} closed on time",
    "Japanese": "逸脱{}の期限内完了率は{}",
    "Chinese": "上海质量管理有限公司{}号{}",
    "Arabic": "شركة الأمل للصناعات {} / {}",
}
ROUNDS, COUNT = 7, 1500


def cost(work: Callable[[str], object], rounds: Sequence[Sequence[str]]) -> float:
    """Microseconds a line, in the best of several rounds."""
    best = float("inf")
    for lines in rounds:
        start = time.perf_counter()
        for line in lines:
            work(line)
        best = min(best, (time.perf_counter() - start) / len(lines))
    return best * 1e6


def main() -> None:
    """Print a table."""
    start = time.perf_counter()
    typeface.register()
    print(f"Inter and ReportLab: {(time.perf_counter() - start) * 1e3:.0f} ms")
    for name in ("NotoSansJP-Regular", "NotoSansSC-Regular", "NotoSansKR-Regular", "NotoSansArabic-Regular"):
        start = time.perf_counter()
        faces.face(name)
        print(f"{name}: {(time.perf_counter() - start) * 1e3:.0f} ms")
    print(f"{'µs a line':12}{'new':>8}{'again':>8}{'broken':>8}")
    for script, pattern in LINES.items():
        rounds = [[pattern.format(number, turn) for number in range(COUNT)] for turn in range(ROUNDS)]
        measured = cost(lambda line: typeface.text_width(line, typeface.REGULAR, 8), rounds)
        again = cost(lambda line: typeface.text_width(line, typeface.REGULAR, 8), rounds[-1:] * ROUNDS)
        broken = cost(lambda line: typeface.wrap(f"{line} {line}", typeface.REGULAR, 8, 70), rounds)
        print(f"{script:12}{measured:8.1f}{again:8.2f}{broken:8.1f}")


if __name__ == "__main__":
    main()
