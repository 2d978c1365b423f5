"""Governance: who may do what, what is hidden from whom, and what holds of a table."""
