"""Stage 3, compute: declared KPIs become one SQL statement per dataset, and its answer a KPI table."""
