"""The tables of gold."""
