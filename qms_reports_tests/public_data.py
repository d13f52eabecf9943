"""The real data that the shared home folder (`example_home`) holds."""

from __future__ import annotations

from qms_reports.declarations.catalogue import Catalogue
from qms_reports.settings import EXAMPLE_CATALOG


def public_kpis(catalogue: Catalogue) -> list[str]:
    """The KPIs over the public data, which the shared home folder holds."""
    return [
        name
        for name in catalogue.kpis
        if EXAMPLE_CATALOG in (folder := catalogue.origins["kpi", name].folder, *folder.parents)
    ]
