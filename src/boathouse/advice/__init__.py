"""The rules that turn findings into recommendations: one file each, and `ls` is the list."""
