"""The twenty traps of quality figures: planted, met by the shipped declarations, and shown to bite when open."""
