"""Dashboards: what is shown of the marts and of the operations."""
