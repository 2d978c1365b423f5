"""The checks: one file each, and `ls` is the list."""
