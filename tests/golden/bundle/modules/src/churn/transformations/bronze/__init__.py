"""The tables of bronze."""
