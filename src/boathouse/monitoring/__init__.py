"""Monitoring: what is watched of the tables in production."""
