"""qms_reports: declared, provable quality reports as Dagster assets."""

__version__ = "0.1.0"
