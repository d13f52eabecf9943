"""One month of the monthly quality review, warm in process: with Dagster against the bare libraries.

    python -m benchmarks.one_month [--rounds 7]

Each round builds a month not built before both ways, alternating which goes first, in two homes with equal records.
"""

from __future__ import annotations

import argparse
import statistics
import warnings

from benchmarks.measuring import TEMPLATE, Stopwatch, bare_month, example_home, machine, seconds, table
from qms_reports.editions import Edition
from qms_reports.periods import parse_period, periods_between
from qms_reports.pipeline import launching
from qms_reports.pipeline.definitions import build_definitions


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(machine())
    warnings.simplefilter("ignore")  # Dagster's notices about preview features
    bare, dagster = Stopwatch(), Stopwatch()
    periods = periods_between(parse_period("2023-01"), parse_period("2024-12"))[: rounds + 1]
    with (
        example_home() as (own, catalogue),
        example_home() as (settings, _),
        launching.instance(settings) as opened,
    ):
        definitions = build_definitions(settings, catalogue)

        def with_dagster(edition: Edition) -> None:
            with dagster.part("all"):
                built = launching.build(settings, TEMPLATE, edition, opened=opened, definitions=definitions)
            for stage, taken in built.seconds.items():
                dagster.wall.setdefault(stage, []).append(taken)

        def without(edition: Edition) -> None:
            bare_month(own, catalogue, edition, bare)

        for number, period in enumerate(periods):
            first, second = (with_dagster, without) if number % 2 else (without, with_dagster)
            first(Edition(period))
            second(Edition(period))
            if number == 0:  # imports, fonts, records read, statements compiled
                bare, dagster = Stopwatch(), Stopwatch()
    rows = []
    for name in ("sources and datasets", "kpis", "charts", "document", "pdf", "xlsx", "all"):
        wall, processor = bare.median(name)
        rows.append((name, seconds(wall), seconds(processor)))
    table(f"One month without Dagster, median of {rounds}", ("stage", "wall", "processor"), rows)
    stages = [(name, seconds(statistics.median(found))) for name, found in dagster.wall.items() if name != "all"]
    inside = sum(statistics.median(found) for name, found in dagster.wall.items() if name != "all")
    outside = statistics.median(dagster.wall["all"]) - inside
    stages.append(("outside the steps (run record, plan, events)", seconds(outside)))
    table("Where Dagster's month goes; steps include their checks and metadata", ("stage", "wall"), stages)
    (bare_wall, bare_cpu), (wall, cpu) = bare.median("all"), dagster.median("all")
    rows = [
        ("without Dagster", seconds(bare_wall), seconds(bare_cpu), "1.00"),
        ("with Dagster", seconds(wall), seconds(cpu), f"{wall / bare_wall:.2f} (processor {cpu / bare_cpu:.2f})"),
    ]
    table("One month, warm (target: at most 2.00, under 2 s)", ("", "wall", "processor", "ratio"), rows)


if __name__ == "__main__":
    main()
