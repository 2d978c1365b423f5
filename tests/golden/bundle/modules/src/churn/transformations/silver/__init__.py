"""The tables of silver."""
