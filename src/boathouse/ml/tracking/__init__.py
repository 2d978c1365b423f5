"""Tracking: what was trained, on which data, how well, and which version serves, in MLflow."""
