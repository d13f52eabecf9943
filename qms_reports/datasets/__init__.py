"""Stage 2, clean: delivered rows become typed records, every version of which is kept."""
