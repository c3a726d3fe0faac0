"""The shape of the code, guarded."""
