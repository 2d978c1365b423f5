"""The tree libraries: one file each, and `ls` is the list."""
