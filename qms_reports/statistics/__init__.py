"""Pure functions on numbers, usable without the rest: intervals, control charts, capability, survival, Pareto."""
