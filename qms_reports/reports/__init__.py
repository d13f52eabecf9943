"""Stage 5, render: the immutable document model, and the writers that lay it out."""
