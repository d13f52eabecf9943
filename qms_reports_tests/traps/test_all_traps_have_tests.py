"""None of the twenty traps is without a test that names it."""

from __future__ import annotations

import re
from pathlib import Path


def test_every_one_of_the_twenty_traps_has_a_test_that_names_it() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_traps_*.py"))
    named = {int(number) for number in re.findall(r"^def test_trap_(\d\d)_\w+", text, re.MULTILINE)}
    assert named == set(range(1, 21))
