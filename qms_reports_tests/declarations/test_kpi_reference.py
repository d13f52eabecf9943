"""The KPI reference is the shipped file, and says of each KPI what its declaration says."""

from __future__ import annotations

from pathlib import Path

import pytest

from qms_reports.declarations import kpi_reference
from qms_reports.declarations.catalogue import Catalogue, load_folders
from qms_reports.settings import EXAMPLE_CATALOG, STANDARD_CATALOG

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def shipped() -> Catalogue:
    return load_folders((STANDARD_CATALOG, EXAMPLE_CATALOG))


@pytest.fixture(scope="module")
def text() -> str:
    return kpi_reference.kpi_reference()


def test_the_shipped_reference_is_what_the_catalogues_say_now(text: str) -> None:
    assert (REPOSITORY / "docs" / "kpis.md").read_text(encoding="utf-8") == text, "run: make docs"


def test_every_shipped_kpi_is_in_the_index_and_described_once(text: str, shipped: Catalogue) -> None:
    lines = text.splitlines()
    for name in shipped.kpis:
        assert lines.count(f"### {name}") == 1, name
        assert sum(f"[`{name}`](#{name})" in line for line in lines) == 1, name
    assert len([line for line in lines if line.startswith("### ")]) == len(shipped.kpis)


def test_formula_source_direction_target_and_traps_stand_with_their_kpi(text: str, shipped: Catalogue) -> None:
    for name, kpi in shipped.kpis.items():
        own = text.split(f"\n### {name}\n", 1)[1].split("\n### ", 1)[0]
        flat = " ".join(own.replace("\\|", "|").split())
        for said in (kpi.formula.rstrip("."), kpi.source, kpi.note, kpi.numerator or "", *kpi.traps):
            assert " ".join(said.split()) in flat, (name, said)
        assert f"| version | {kpi.version}, " in own
        if kpi.target is not None:
            assert "| target | " in own


def test_a_broken_shipped_kpi_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "kpis").mkdir()
    (tmp_path / "kpis" / "odd.yaml").write_text("kpi: odd\ntitle: Odd\n")
    monkeypatch.setattr(kpi_reference, "STANDARD_CATALOG", tmp_path)
    with pytest.raises(LookupError, match="these KPIs are broken"):
        kpi_reference.kpi_reference()
