"""The only package that knows Dagster: it wraps the stages as assets, checks, sensors and schedules."""
