"""The probes: one question about a raw table in each file, and `ls` is the list."""
