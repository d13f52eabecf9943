"""qms_reports: declared, provable quality reports as Dagster assets."""

import os

# openpyxl writes other bytes where lxml happens to be installed; a workbook must not depend on that.
os.environ["OPENPYXL_LXML"] = "False"

__version__ = "0.1.0"
