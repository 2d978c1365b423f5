"""The formats of raw files: one file each, and `ls` is the list."""
