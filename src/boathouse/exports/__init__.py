"""The exports: one target a file."""
