"""What Dagster loads: ``dagster dev -m qms_reports.definitions``."""

from qms_reports.pipeline.definitions import build_definitions
from qms_reports.settings import Settings

defs = build_definitions(Settings())
