"""An example company: a coherent set of all record kinds, of any size, with planted cases whose truth is known."""
