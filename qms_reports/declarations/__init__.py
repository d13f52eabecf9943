"""What analysts declare in YAML: reading it with positions, the models, and everything that can be wrong with it."""
