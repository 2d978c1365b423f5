"""The steps: one file each, and `ls` is the list."""
