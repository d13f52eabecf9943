"""Fixtures of the pipeline's tests."""

from collections.abc import Iterator

import dagster as dg
import pytest

from qms_reports.datasets.reading import close_sessions
from qms_reports.pipeline import launching
from qms_reports_tests.pipeline.scenario import Site, site

__all__ = ["opened", "site"]


@pytest.fixture
def opened(site: Site) -> Iterator[dg.DagsterInstance]:
    """The site's real Dagster instance, in its home folder."""
    with launching.instance(site.settings) as instance:
        yield instance
    close_sessions()
