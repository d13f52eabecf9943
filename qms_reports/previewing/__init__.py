"""Pages of a template while it is written."""
