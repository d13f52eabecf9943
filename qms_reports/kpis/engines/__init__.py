"""What runs a compiled KPI statement: DuckDB in this process, or the engine a company already has."""

from __future__ import annotations

from qms_reports.kpis.engines.choosing import Engine, EngineError, Row, engine_of

__all__ = ["Engine", "EngineError", "Row", "engine_of"]
