"""The kinds of model: one file each, and `ls` is the list."""
